-- Raises unless args and kwargs can be the payload of a WAMP message.
CREATE OR REPLACE FUNCTION crossbar._check_payload(args jsonb, kwargs jsonb)
RETURNS void
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF jsonb_typeof(args) <> 'array' THEN
    RAISE EXCEPTION 'args is a JSON %, not an array', jsonb_typeof(args)
      USING ERRCODE = 'invalid_parameter_value', HINT = 'Positional arguments are a JSON array, such as ''["hello", 23]''.';
  END IF;
  IF jsonb_typeof(kwargs) <> 'object' THEN
    RAISE EXCEPTION 'kwargs is a JSON %, not an object', jsonb_typeof(kwargs)
      USING ERRCODE = 'invalid_parameter_value', HINT = 'Keyword arguments are a JSON object, such as ''{"name": "joe"}''.';
  END IF;
END
$$;
