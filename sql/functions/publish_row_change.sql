-- Trigger function: publishes the change of a row, or the truncation of a table.
--   CREATE TRIGGER people_changed AFTER INSERT OR UPDATE OR DELETE ON people
--     FOR EACH ROW EXECUTE FUNCTION crossbar.publish_row_change('com.example.people', '{"exclude": ["password"]}');
-- The event has only keyword arguments: operation, schema, table, new and old (if the operation has them),
-- published_at, and omitted (if columns are missing).
-- A generated column has no key if PostgreSQL has not computed its value: a virtual column, or a stored column before
-- the row is written.
CREATE OR REPLACE FUNCTION crossbar.publish_row_change()
RETURNS trigger
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
  -- Values do not depend on what the session has set: a float has all its digits, and the dates of a range can be read in one way only.
  SET DateStyle = 'ISO, YMD' SET IntervalStyle = 'postgres' SET extra_float_digits = 1 SET bytea_output = 'hex'
AS $$
DECLARE
  selection jsonb := TG_ARGV[1];
  kwargs jsonb := jsonb_build_object('operation', TG_OP, 'schema', TG_TABLE_SCHEMA, 'table', TG_TABLE_NAME,
    'published_at', clock_timestamp());
  omitted jsonb := '{}';
  part record;
  problem crossbar._problem;
  virtual CONSTANT text[] := ARRAY(
    SELECT attname FROM pg_attribute WHERE attrelid = TG_RELID AND attgenerated = 'v' AND NOT attisdropped
  );
  stored CONSTANT text[] := CASE WHEN TG_WHEN = 'BEFORE' THEN ARRAY(
    SELECT attname FROM pg_attribute WHERE attrelid = TG_RELID AND attgenerated = 's' AND NOT attisdropped
  ) ELSE '{}' END;
BEGIN
  -- The check is made here, so that the CONTEXT of an error contains this function and no internal one.
  problem := coalesce(crossbar._check_column_selection(TG_RELID, selection), crossbar._check_uri('topic', TG_ARGV[0]));
  IF problem.condition IS NOT NULL THEN
    RAISE EXCEPTION USING ERRCODE = problem.condition, MESSAGE = problem.message, HINT = problem.hint;
  END IF;
  IF TG_LEVEL = 'ROW' AND TG_OP IN ('INSERT', 'UPDATE') THEN
    part := crossbar._row_as_jsonb(NEW, TG_RELID, selection);
    kwargs := kwargs || jsonb_build_object('new', part.columns - virtual - stored);
    omitted := omitted || part.omitted;
  END IF;
  IF TG_LEVEL = 'ROW' AND TG_OP IN ('UPDATE', 'DELETE') THEN
    part := crossbar._row_as_jsonb(OLD, TG_RELID, selection);
    kwargs := kwargs || jsonb_build_object('old', part.columns - virtual);
    omitted := omitted || part.omitted;
  END IF;
  IF omitted <> '{}' THEN
    kwargs := kwargs || jsonb_build_object('omitted', omitted);
  END IF;
  PERFORM crossbar.publish(TG_ARGV[0], kwargs => kwargs);
  RETURN coalesce(NEW, OLD);
END
$$;

COMMENT ON FUNCTION crossbar.publish_row_change() IS
  'Trigger function: publishes the change of a row. Its arguments are the topic and, as JSON, these options.

Options:
include (list of strings): only these columns
exclude (list of strings): all columns but these
strict (boolean): a column that jsonb cannot hold raises an error. Otherwise it is left out and named in "omitted"';
