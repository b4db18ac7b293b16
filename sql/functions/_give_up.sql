-- Handles an error in crossbar._ask: closes the connection, and returns the error, or a more specific one. The public
-- function raises it, so the CONTEXT contains no internal function.
-- If the link refused the request before it made a call (too long, too many calls), the connection stays open, because
-- streams may use it.
CREATE OR REPLACE FUNCTION crossbar._give_up(connection text, sent boolean, failure crossbar._problem)
RETURNS crossbar._problem
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF NOT EXISTS (
    SELECT FROM pg_proc AS routine JOIN pg_namespace AS schema ON schema.oid = routine.pronamespace
    WHERE nspname = 'crossbar_dblink' AND proname = 'dblink_connect' AND has_schema_privilege(schema.oid, 'USAGE')
  ) THEN
    RETURN ('feature_not_supported', 'crossbar.call needs the extension dblink in the schema crossbar_dblink',
      CASE WHEN EXISTS (SELECT FROM pg_extension WHERE extname = 'dblink' AND extnamespace::regnamespace::text <> 'crossbar_dblink')
        THEN 'ALTER EXTENSION dblink SET SCHEMA crossbar_dblink;'
        ELSE 'Run section 3 of sql/setup.sql, or use crossbar.call_async, which needs no dblink.'
      END, NULL)::crossbar._problem;
  END IF;
  IF connection = ANY (crossbar_dblink.dblink_get_connections()) AND failure.condition NOT IN ('53400', '54000') THEN
    PERFORM crossbar_dblink.dblink_disconnect(connection);
  END IF;
  -- Some dblink errors of a lost connection have no SQLSTATE of their own, and a new connection does not know an
  -- earlier call.
  IF sent AND (failure.condition LIKE '08%' OR failure.condition IN ('XX000', '57P01', '42704')) THEN
    RETURN ('CB006', 'the Caller was lost after the call was sent: ' || failure.message,
      'Whether the procedure was called is unknown. It was not called again.', NULL)::crossbar._problem;
  END IF;
  RETURN (failure.condition, failure.message,
    coalesce(nullif(failure.hint, ''), CASE WHEN sent THEN 'The Caller cancels the call.' ELSE 'The call was not made.' END),
    nullif(failure.detail, ''))::crossbar._problem;
END
$$;

REVOKE ALL ON FUNCTION crossbar._give_up(text, boolean, crossbar._problem) FROM PUBLIC;
