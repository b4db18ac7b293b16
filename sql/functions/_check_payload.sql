-- Checks whether args and kwargs can be the payload of a WAMP message. Returns the problem, or NULL.
CREATE OR REPLACE FUNCTION crossbar._check_payload(args jsonb, kwargs jsonb)
RETURNS crossbar._problem
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF jsonb_typeof(args) <> 'array' THEN
    RETURN ('invalid_parameter_value', format('args is a JSON %s, not an array', jsonb_typeof(args)),
      'Positional arguments are a JSON array, such as ''["hello", 23]''.', NULL)::crossbar._problem;
  END IF;
  IF jsonb_typeof(kwargs) <> 'object' THEN
    RETURN ('invalid_parameter_value', format('kwargs is a JSON %s, not an object', jsonb_typeof(kwargs)),
      'Keyword arguments are a JSON object, such as ''{"name": "joe"}''.', NULL)::crossbar._problem;
  END IF;
  RETURN NULL;
END
$$;
