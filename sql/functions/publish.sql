-- Publishes a WAMP event: when this transaction commits, or, autonomous, at once and whatever becomes of the transaction.
-- Returns the number of the publication, which crossbar.publications and crossbar.refused_publication speak of;
-- autonomous with the option acknowledge: the publication id of the router.
CREATE OR REPLACE FUNCTION crossbar.publish(
  topic text,
  args jsonb DEFAULT NULL,
  kwargs jsonb DEFAULT NULL,
  options jsonb DEFAULT NULL,
  autonomous boolean DEFAULT false
)
RETURNS bigint
-- SECURITY DEFINER: this is the one door for everybody, and what lies behind it is nobody else's. It costs nothing besides SET search_path.
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  id bigint;
  emitted boolean;
BEGIN
  -- One expression for what nearly every call is, for a statement of plpgsql costs more than the checks themselves.
  IF (topic ~ '^([^\s.#]+\.)*[^\s.#]+$' AND NOT starts_with(topic, 'wamp.') AND NOT starts_with(topic, 'crossbar.')
    AND (args IS NULL OR jsonb_typeof(args) = 'array') AND (kwargs IS NULL OR jsonb_typeof(kwargs) = 'object')
    AND options IS NULL AND NOT autonomous) IS NOT TRUE
  THEN
    PERFORM crossbar.check_uri('topic', topic);
    PERFORM crossbar.check_payload(args, kwargs);
    PERFORM crossbar.check_publish_options(options);
    IF autonomous THEN
      RETURN crossbar.publish_autonomously(topic, args, kwargs, options);
    END IF;
  END IF;
  id := crossbar.new_publication_id();
  -- An assignment, since PERFORM would take the slow path of a whole query.
  emitted := crossbar.emit(id, topic, options, args, kwargs);
  RETURN id;
END
$$;
