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
  'Publishes a WAMP event when this transaction commits; autonomous: immediately, even if the transaction rolls back. Returns the number of the publication, by which the view crossbar.publications shows its outcome.

Options:
acknowledge (boolean): keep the outcome
exclude_me (boolean): false: the Publisher''s own session gets the event too
disclose_me (boolean): the router tells subscribers the session of the Publisher
retain (boolean): the router keeps the event for later subscribers
exclude (list of integers): WAMP sessions that do not get the event
exclude_authid, exclude_authrole (list of strings): authids and roles that do not get the event
eligible (list of integers): only these WAMP sessions get the event
eligible_authid, eligible_authrole (list of strings): only these authids and roles get the event';
