-- Raises unless procedure, args, kwargs and options are those of a call, by crossbar.call, call_stream or call_async.
-- URIs that start with "wamp." are taken: those are the router's own procedures, and whom they are for is for the router to say.
CREATE OR REPLACE FUNCTION crossbar._check_call(kind text, procedure text, args jsonb, kwargs jsonb, options jsonb)
RETURNS void
LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  PERFORM crossbar._check_uri('procedure', procedure, false);
  PERFORM crossbar._check_payload(args, kwargs);
  PERFORM crossbar._check_call_options(kind, options);
  PERFORM crossbar._check_utf8(concat_ws(' ', procedure, args, kwargs, options));
END
$$;

REVOKE ALL ON FUNCTION crossbar._check_call(text, text, jsonb, jsonb, jsonb) FROM PUBLIC;
