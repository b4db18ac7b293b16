-- What crossbar._ask does about any error: closes the connection, and raises a better error where there is one.
-- If the link refused the request before it made a call (too long, too many calls), the connection stays: streams may be open on it.
CREATE OR REPLACE FUNCTION crossbar._give_up(connection text, sent boolean, state text, message text)
RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF NOT EXISTS (
    SELECT FROM pg_proc AS routine JOIN pg_namespace AS schema ON schema.oid = routine.pronamespace
    WHERE nspname = 'crossbar_dblink' AND proname = 'dblink_connect' AND has_schema_privilege(schema.oid, 'USAGE')
  ) THEN
    RAISE EXCEPTION 'crossbar.call needs the extension dblink in the schema crossbar_dblink'
      USING ERRCODE = 'feature_not_supported',
        HINT = CASE WHEN EXISTS (SELECT FROM pg_extension WHERE extname = 'dblink' AND extnamespace::regnamespace::text <> 'crossbar_dblink')
          THEN 'ALTER EXTENSION dblink SET SCHEMA crossbar_dblink;'
          ELSE 'Run section 3 of sql/setup.sql, or use crossbar.call_async, which needs no dblink.'
        END;
  END IF;
  IF connection = ANY (crossbar_dblink.dblink_get_connections()) AND state NOT IN ('53400', '54000') THEN
    PERFORM crossbar_dblink.dblink_disconnect(connection);
  END IF;
  -- Not all that dblink says of a lost connection has a SQLSTATE of its own, and a call of before is unknown to a connection made since.
  IF sent AND (state LIKE '08%' OR state IN ('XX000', '57P01', '42704')) THEN
    RAISE EXCEPTION 'the Caller was lost after the call was sent: %', message
      USING ERRCODE = 'CB006', HINT = 'Whether the procedure was called is unknown. It was not called again.';
  END IF;
END
$$;

REVOKE ALL ON FUNCTION crossbar._give_up(text, boolean, text, text) FROM PUBLIC;
