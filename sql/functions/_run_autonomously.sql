-- Runs a statement in a separate transaction and returns its single value. It uses a second connection to this
-- database, as described by the foreign server crossbar_loopback. The installer creates this server if setup.sql has
-- granted dblink.
CREATE OR REPLACE FUNCTION crossbar._run_autonomously(statement text)
RETURNS text
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  result text;
  dblink_schema text := (SELECT extnamespace::regnamespace::text FROM pg_extension WHERE extname = 'dblink');
BEGIN
  IF dblink_schema IS NULL OR NOT EXISTS (SELECT FROM pg_foreign_server WHERE srvname = 'crossbar_loopback') THEN
    RAISE EXCEPTION 'an autonomous publication needs a connection from the database to itself, which is not set up'
      USING ERRCODE = 'feature_not_supported',
        HINT = 'Run section 3 of sql/setup.sql and give the Publisher a password, or use delivery "wal".';
  END IF;
  EXECUTE format('SELECT value FROM %s.dblink(%L, %L) AS result (value text)', dblink_schema, 'crossbar_loopback', statement)
    INTO result;
  RETURN result;
END
$$;

REVOKE ALL ON FUNCTION crossbar._run_autonomously(text) FROM PUBLIC;
