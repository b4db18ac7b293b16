-- Makes a function or procedure the endpoint of a WAMP procedure when this transaction commits. An existing
-- registration is replaced.
-- Returns the id of the registration.
CREATE OR REPLACE FUNCTION crossbar.register(procedure text, endpoint regprocedure, options jsonb DEFAULT NULL)
RETURNS bigint
-- SECURITY DEFINER: a role that was granted this function has no privileges on the tables that it uses.
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  outcome CONSTANT record := crossbar._put_endpoint('registration', procedure, endpoint, options);
  problem CONSTANT crossbar._problem := outcome.problem;
BEGIN
  IF problem.condition IS NOT NULL THEN
    RAISE EXCEPTION USING ERRCODE = problem.condition, MESSAGE = problem.message, HINT = problem.hint;
  END IF;
  RETURN outcome.id;
END
$$;

COMMENT ON FUNCTION crossbar.register(text, regprocedure, jsonb) IS
  'Makes a function a WAMP procedure when this transaction commits. Returns the id of the registration.

The function is written with the types of its parameters, such as ''shop.total(integer)''; without them it is ''shop.total''::regproc.

Options:
match (string): exact (default), prefix or wildcard
invoke (string): which Callee gets a call: single, roundrobin, random, first or last
concurrency (positive integer): limit on calls that run at a Callee at the same time
force_reregister (boolean): take the procedure from its present callee
disclose_caller (boolean): ask the router to disclose the caller
run_as (string): the role that the function runs as, or "caller". Default: the role that registers
retries (0 to 100): retries after a serialization failure or a deadlock. Default 3';
