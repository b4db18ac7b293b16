-- A WAMP error out of SQL: the message for people, the detail for programs.
CREATE OR REPLACE FUNCTION crossbar.raise(error text, args jsonb DEFAULT NULL, kwargs jsonb DEFAULT NULL)
RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  PERFORM crossbar._check_uri('error', error, false);
  PERFORM crossbar._check_payload(args, kwargs);
  RAISE EXCEPTION USING
    ERRCODE = 'CB001',
    MESSAGE = concat_ws(': ', error, args ->> 0),
    DETAIL = jsonb_build_object('error', error, 'args', coalesce(args, '[]'), 'kwargs', coalesce(kwargs, '{}'));
END
$$;

COMMENT ON FUNCTION crossbar.raise(text, jsonb, jsonb) IS
  'Raises a WAMP error with SQLSTATE CB001.';
