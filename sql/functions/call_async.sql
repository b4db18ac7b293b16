-- Queues a call of a WAMP procedure. It is made at least once after this transaction has committed, and not at all
-- after a rollback.
-- Returns the number of the call in crossbar.calls.
CREATE OR REPLACE FUNCTION crossbar.call_async(
  procedure text,
  args jsonb DEFAULT NULL,
  kwargs jsonb DEFAULT NULL,
  options jsonb DEFAULT NULL
)
RETURNS bigint
-- SECURITY DEFINER: a role that was granted this function has no privileges on the table that it uses.
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  id CONSTANT bigint := crossbar._new_publication_id();
  role CONSTANT name COLLATE "C" := crossbar._session_role();
  realm CONSTANT text := options ->> 'realm';
  problem crossbar._problem := coalesce(crossbar._check_call('call_async', procedure COLLATE "default", args, kwargs, options),
    crossbar._check_call_permission(procedure COLLATE "default"),
    crossbar._check_realm(realm));
  handler record;
BEGIN
  IF problem.condition IS NULL THEN
    handler := crossbar._handler_of_call(options ->> 'handler', role);
    problem := handler.problem;
  END IF;
  IF problem.condition IS NOT NULL THEN
    RAISE EXCEPTION USING ERRCODE = problem.condition, MESSAGE = problem.message, HINT = problem.hint;
  END IF;
  INSERT INTO crossbar.async_call (id, realm, procedure, args, kwargs, options, identity, handler, handler_owner, role, retries)
    VALUES (id, realm, procedure, args, kwargs, '{"timeout": 30000}' || coalesce(options, '{}') - '{realm,handler,retries}'::text[],
      crossbar._call_identity()::jsonb, handler.function, handler.owner, role,
      coalesce((options ->> 'retries')::numeric::integer, 0));
  PERFORM pg_notify('crossbar_async_call', '');
  RETURN id;
END
$$;

COMMENT ON FUNCTION crossbar.call_async(text, jsonb, jsonb, jsonb) IS
  'Queues a call of a WAMP procedure, which is made after this transaction has committed. Returns the number of the call in the view crossbar.calls.

Options:
timeout (integer): milliseconds for the call; 0 for no limit. Default 30000
handler (string): a function, named with its schema, that gets the outcome: (id bigint, result jsonb, error jsonb)
retries (0 to 100): retries of a failed call or handler. Default 0
disclose_me (boolean): ask the router to tell the callee the session of the Caller
realm (string): the realm, if there are Callers of several';
