-- Closes a connection to the link after an error, and raises a better one where the connection is what failed.
CREATE OR REPLACE FUNCTION crossbar.give_up(connection text, sent boolean, state text, message text)
RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF to_regprocedure('crossbar_dblink.dblink_connect(text,text)') IS NULL OR NOT has_schema_privilege('crossbar_dblink', 'USAGE') THEN
    RAISE EXCEPTION 'crossbar.call needs the extension dblink in the schema crossbar_dblink'
      USING ERRCODE = 'feature_not_supported',
        HINT = 'Run section 3 of sql/setup.sql, or use crossbar.call_async, which needs no dblink.';
  END IF;
  IF connection = ANY (crossbar_dblink.dblink_get_connections()) THEN
    PERFORM crossbar_dblink.dblink_disconnect(connection);
  END IF;
  -- Not all that dblink says of a lost connection has a state of its own.
  IF sent AND (state LIKE '08%' OR state = 'XX000') THEN
    RAISE EXCEPTION 'the Caller was lost after the call was sent: %', message
      USING ERRCODE = 'CB006', HINT = 'The procedure may have been called. It was not called again.';
  END IF;
END
$$;

REVOKE ALL ON FUNCTION crossbar.give_up(text, boolean, text, text) FROM PUBLIC;
