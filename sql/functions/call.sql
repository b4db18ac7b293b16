-- Calls a WAMP procedure over the link of a Caller, and waits for its result.
-- Returns NULL for an empty result, the value of a single positional result, otherwise {"args": ..., "kwargs": ...}. If
-- the call fails, raises its WAMP error: see crossbar._error_of_outcome.
CREATE OR REPLACE FUNCTION crossbar.call(
  procedure text,
  args jsonb DEFAULT NULL,
  kwargs jsonb DEFAULT NULL,
  options jsonb DEFAULT NULL
)
RETURNS jsonb
-- SECURITY DEFINER: only role crossbar has access to the connection to the Caller, so that no role can use it in the
-- name of another.
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  id CONSTANT bigint := crossbar._new_publication_id();
  outcome record;
  problem crossbar._problem := coalesce(CASE WHEN (options IS NULL AND crossbar._is_ordinary_call(procedure, args, kwargs)) IS NOT TRUE
    THEN crossbar._check_call('call', procedure COLLATE "default", args, kwargs, options) END, crossbar._check_call_permission(procedure COLLATE "default"));
BEGIN
  IF problem.condition IS NULL THEN
    outcome := crossbar._ask(options ->> 'realm', id,
      crossbar._request(id, procedure COLLATE "default", args, kwargs, options, crossbar._call_identity()));
    problem := outcome.problem;
    IF problem.condition IS NULL THEN
      RETURN (outcome.answer).payload::jsonb;
    END IF;
  END IF;
  IF problem.detail IS NULL THEN
    RAISE EXCEPTION USING ERRCODE = problem.condition, MESSAGE = problem.message, HINT = problem.hint;
  ELSIF problem.hint IS NULL THEN
    RAISE EXCEPTION USING ERRCODE = problem.condition, MESSAGE = problem.message, DETAIL = problem.detail;
  END IF;
  RAISE EXCEPTION USING ERRCODE = problem.condition, MESSAGE = problem.message, DETAIL = problem.detail, HINT = problem.hint;
END
$$;

COMMENT ON FUNCTION crossbar.call(text, jsonb, jsonb, jsonb) IS
  'Calls a WAMP procedure and waits for its result: NULL for an empty result, the value of a single positional result, otherwise {"args": [...], "kwargs": {...}}.

Options:
timeout (integer): milliseconds for the call; 0 for no limit. Default 30000
disclose_me (boolean): ask the router to tell the callee the session of the Caller
realm (string): the realm, if there are Callers of several. Otherwise the session keeps the realm of its first call';
