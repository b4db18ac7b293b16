-- Makes the call of crossbar.call_stream, and returns its first row. The Caller is told the transaction, so that it can see when nobody will
-- ask for more: a query that stops reading early says so to nobody.
CREATE OR REPLACE FUNCTION crossbar._begin_stream(id bigint, procedure text, args jsonb, kwargs jsonb, options jsonb)
RETURNS crossbar._answer
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  identity jsonb;
BEGIN
  PERFORM crossbar._check_call('call_stream', procedure, args, kwargs, options);
  PERFORM crossbar._check_call_permission(procedure);
  identity := crossbar._call_identity()::jsonb || jsonb_build_object('transaction',
    (SELECT virtualtransaction FROM pg_locks WHERE pid = pg_backend_pid() AND locktype = 'virtualxid' LIMIT 1));
  RETURN crossbar._row_of_stream(crossbar._ask(options ->> 'realm', id, crossbar._request(id, procedure, args, kwargs,
    coalesce(options, '{}') || '{"receive_progress": true}', identity::text)));
END
$$;

REVOKE ALL ON FUNCTION crossbar._begin_stream(bigint, text, jsonb, jsonb, jsonb) FROM PUBLIC;
