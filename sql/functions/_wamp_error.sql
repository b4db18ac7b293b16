-- Converts a WAMP error to an SQL error: the message is for people, the detail for programs.
CREATE OR REPLACE FUNCTION crossbar._wamp_error(condition text, error text, args jsonb, kwargs jsonb)
RETURNS crossbar._problem
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RETURN (condition, concat_ws(': ', error, args ->> 0), NULL,
    jsonb_build_object('error', error, 'args', coalesce(args, '[]'), 'kwargs', coalesce(kwargs, '{}')))::crossbar._problem;
END
$$;
