-- Checks procedure, args, kwargs and options of crossbar.call, call_stream or call_async. Returns the problem, or NULL.
-- URIs that start with "wamp." are allowed: they are procedures of the router, and the router decides who may call
-- them.
CREATE OR REPLACE FUNCTION crossbar._check_call(kind text, procedure text, args jsonb, kwargs jsonb, options jsonb)
RETURNS crossbar._problem
LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RETURN coalesce(crossbar._check_uri('procedure', procedure, false), crossbar._check_payload(args, kwargs),
    crossbar._check_call_options(kind, options), crossbar._check_utf8(concat_ws(' ', procedure, args, kwargs, options)));
END
$$;

REVOKE ALL ON FUNCTION crossbar._check_call(text, text, jsonb, jsonb, jsonb) FROM PUBLIC;
