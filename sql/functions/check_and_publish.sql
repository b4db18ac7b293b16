-- What crossbar.publish does, with a message for everything that is wrong with the arguments.
CREATE OR REPLACE FUNCTION crossbar.check_and_publish(topic text, args jsonb, kwargs jsonb, options jsonb, autonomous boolean)
RETURNS bigint
-- SECURITY DEFINER: this is the one door for everybody, and what lies behind it is nobody else's. It costs nothing besides SET search_path.
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  -- One expression for what nearly every call is, for a statement of plpgsql costs more than the checks themselves.
  IF (topic ~ '^([^\s.#]+\.)*[^\s.#]+$' AND NOT starts_with(topic, 'wamp.') AND NOT starts_with(topic, 'crossbar.')
    AND coalesce(jsonb_typeof(args), 'array') = 'array' AND coalesce(jsonb_typeof(kwargs), 'object') = 'object'
    AND options IS NULL AND NOT autonomous) IS NOT TRUE
  THEN
    PERFORM crossbar.check_uri('topic', topic);
    PERFORM crossbar.check_payload(args, kwargs);
    PERFORM crossbar.check_publish_options(options);
    IF autonomous THEN
      RETURN crossbar.publish_autonomously(topic, args, kwargs, options);
    END IF;
  END IF;
  RETURN crossbar.emit(topic, options, args, kwargs);
END
$$;
