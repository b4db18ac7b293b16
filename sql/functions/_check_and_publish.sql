-- What crossbar.publish does when a call is out of the ordinary, with a message for everything that is wrong with its arguments.
CREATE OR REPLACE FUNCTION crossbar._check_and_publish(topic text, args jsonb, kwargs jsonb, options jsonb, autonomous boolean)
RETURNS bigint
-- SECURITY DEFINER: it is a part of crossbar.publish, which everybody may call, and what lies behind it is nobody else's.
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  PERFORM crossbar._check_uri('topic', topic);
  PERFORM crossbar._check_payload(args, kwargs);
  PERFORM crossbar._check_publish_options(options);
  IF autonomous THEN
    RETURN crossbar._publish_autonomously(topic, args, kwargs, options);
  END IF;
  RETURN crossbar._emit(topic, options, args, kwargs);
END
$$;
