-- needs: _emit, _check_and_publish
-- Publishes a WAMP event when this transaction commits. An autonomous event is published immediately, even if the
-- transaction rolls back.
-- Returns the number of the publication in crossbar.publications and crossbar.refused_publication. An autonomous
-- publication with the option acknowledge returns the router's publication id.
--
-- The expression for ordinary calls is inlined into the calling statement. PostgreSQL only inlines a single expression
-- without SECURITY DEFINER and SET. PL/pgSQL would prepare its expressions again in every transaction, which costs three
-- times as much. If the arguments contain a subquery or a volatile function, the function is not inlined.
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
    AND (jsonb_typeof(args) = 'array') IS NOT FALSE AND (jsonb_typeof(kwargs) = 'object') IS NOT FALSE
    AND options IS NULL AND NOT autonomous
  THEN crossbar._emit(topic, options, args, kwargs)
  ELSE crossbar._check_and_publish(topic, args, kwargs, options, autonomous)
END;

COMMENT ON FUNCTION crossbar.publish(text, jsonb, jsonb, jsonb, boolean) IS
  'Publishes a WAMP event when this transaction commits. An autonomous event is published immediately, even if the transaction rolls back. Returns the number of the publication in the view crossbar.publications.

Options:
acknowledge (boolean): keep the outcome
exclude_me (boolean): false: the Publisher''s own session gets the event too
disclose_me (boolean): the router tells subscribers the session of the Publisher
retain (boolean): the router keeps the event for later subscribers
exclude (list of integers): WAMP sessions that do not get the event
exclude_authid, exclude_authrole (list of strings): authids and roles that do not get the event
eligible (list of integers): only these WAMP sessions get the event
eligible_authid, eligible_authrole (list of strings): only these authids and roles get the event';
