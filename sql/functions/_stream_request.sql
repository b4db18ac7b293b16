-- Returns the query that requests the call of crossbar.call_stream from the link. It contains the transaction, so that
-- the Caller notices when no more rows will be requested: a query that stops reading early does not report it.
CREATE OR REPLACE FUNCTION crossbar._stream_request(id bigint, procedure text, args jsonb, kwargs jsonb, options jsonb)
RETURNS text
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  identity jsonb;
  problem crossbar._problem := coalesce(crossbar._check_call('call_stream', procedure, args, kwargs, options),
    crossbar._check_call_permission(procedure));
BEGIN
  IF problem.condition IS NOT NULL THEN
    RAISE EXCEPTION USING ERRCODE = problem.condition, MESSAGE = problem.message, HINT = problem.hint;
  END IF;
  identity := crossbar._call_identity()::jsonb || jsonb_build_object('transaction',
    (SELECT virtualtransaction FROM pg_locks WHERE pid = pg_backend_pid() AND locktype = 'virtualxid' LIMIT 1));
  RETURN crossbar._request(id, procedure, args, kwargs, coalesce(options, '{}') || '{"receive_progress": true}', identity::text);
END
$$;

REVOKE ALL ON FUNCTION crossbar._stream_request(bigint, text, jsonb, jsonb, jsonb) FROM PUBLIC;
