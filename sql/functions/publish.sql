-- needs: _emit, _check_and_publish
-- Publishes a WAMP event: when this transaction commits, or, autonomous, at once and whatever becomes of the transaction.
-- Returns the number of the publication, which crossbar.publications and crossbar.refused_publication speak of;
-- autonomous with the option acknowledge: the publication id of the router.
--
-- What nearly every call is, becomes a part of the statement that calls. For that PostgreSQL wants one expression, without SECURITY
-- DEFINER and SET; PL/pgSQL would prepare itself anew in every transaction, which costs three times as much. Where arguments hold
-- a subquery or a volatile function, it is called as any other function.
CREATE OR REPLACE FUNCTION crossbar.publish(
  topic text,
  args jsonb DEFAULT NULL,
  kwargs jsonb DEFAULT NULL,
  options jsonb DEFAULT NULL,
  autonomous boolean DEFAULT false
)
RETURNS bigint
LANGUAGE sql VOLATILE PARALLEL UNSAFE
RETURN CASE
  WHEN topic ~ '^([^[:space:].#]+[.])*[^[:space:].#]+$' AND NOT starts_with(topic, 'wamp.') AND NOT starts_with(topic, 'crossbar.')
    AND coalesce(jsonb_typeof(args), 'array') = 'array' AND coalesce(jsonb_typeof(kwargs), 'object') = 'object'
    AND options IS NULL AND NOT autonomous
  THEN crossbar._emit(topic, options, args, kwargs)
  ELSE crossbar._check_and_publish(topic, args, kwargs, options, autonomous)
END;

COMMENT ON FUNCTION crossbar.publish(text, jsonb, jsonb, jsonb, boolean) IS
  'Publishes a WAMP event when this transaction commits; autonomous: now, whatever becomes of the transaction. Returns the number of the publication, by which the view crossbar.publications shows its outcome.';
