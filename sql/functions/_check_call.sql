-- Returns what is wrong unless procedure, args, kwargs and options are those of a call, by crossbar.call, call_stream or call_async; NULL if
-- nothing is. URIs that start with "wamp." are taken: those are the router's own procedures, and whom they are for is for the router to say.
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
