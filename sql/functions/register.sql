-- Makes a function or procedure the endpoint of a WAMP procedure when this transaction commits. An existing
-- registration is replaced.
-- Returns the id of the registration.
CREATE OR REPLACE FUNCTION crossbar.register(procedure text, endpoint anycompatible, options jsonb DEFAULT NULL)
RETURNS bigint
-- Without SECURITY DEFINER and SET: the function is looked up with the privileges and the search_path of the caller.
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
AS $$
DECLARE
  named CONSTANT pg_catalog.record := crossbar._function_named(endpoint, pg_catalog.current_schemas(true));
  outcome CONSTANT pg_catalog.record := crossbar._put_endpoint('registration', procedure COLLATE pg_catalog."default", named.function, options);
  problem CONSTANT crossbar._problem := CASE WHEN (named.problem).condition IS NULL THEN outcome.problem ELSE named.problem END;
BEGIN
  IF problem.condition IS NOT NULL THEN
    RAISE EXCEPTION USING ERRCODE = problem.condition, MESSAGE = problem.message, HINT = problem.hint;
  END IF;
  RETURN outcome.id;
END
$$;

COMMENT ON FUNCTION crossbar.register(text, anycompatible, jsonb) IS
  'Makes a function a WAMP procedure when this transaction commits. Returns the id of the registration.

The function is a text with the types of its parameters, such as ''shop.total(integer)''. A unique name needs no types.

Options:
match (string): exact (default), prefix or wildcard
invoke (string): which Callee gets a call: single, roundrobin, random, first or last
concurrency (positive integer): limit on calls that run at a Callee at the same time
force_reregister (boolean): take the procedure from its present callee
disclose_caller (boolean): ask the router to disclose the caller
run_as (string): the role that the function runs as, or "caller". Default: the role that registers
retries (0 to 100): retries after a serialization failure or a deadlock. Default 3';
