-- Makes a function or procedure a handler for the events of a WAMP topic when this transaction commits. If the same
-- role subscribes it again, its options are replaced. Returns the id of the subscription.
CREATE OR REPLACE FUNCTION crossbar.subscribe(topic text, handler anycompatible, options jsonb DEFAULT NULL)
RETURNS bigint
-- Without SECURITY DEFINER and SET: the function is looked up with the privileges and the search_path of the caller.
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
AS $$
DECLARE
  named CONSTANT pg_catalog.record := crossbar._function_named(handler, pg_catalog.current_schemas(true));
  outcome CONSTANT pg_catalog.record := crossbar._put_endpoint('subscription', topic COLLATE pg_catalog."default", named.function, options);
  problem CONSTANT crossbar._problem := CASE WHEN (named.problem).condition IS NULL THEN outcome.problem ELSE named.problem END;
BEGIN
  IF problem.condition IS NOT NULL THEN
    RAISE EXCEPTION USING ERRCODE = problem.condition, MESSAGE = problem.message, HINT = problem.hint;
  END IF;
  RETURN outcome.id;
END
$$;

COMMENT ON FUNCTION crossbar.subscribe(text, anycompatible, jsonb) IS
  'Makes a function a handler of the events of a WAMP topic when this transaction commits. Returns the id of the subscription.

The function is a text with the types of its parameters, such as ''shop.total(integer)''. A unique name needs no types.

Options:
match (string): exact (default), prefix or wildcard
get_retained (boolean): ask the router for the event that it retains
concurrency (positive integer): events that are handled at the same time. Default 1, which keeps their order
queue_group (1 to 200 characters): of all Subscribers with this group, one handles each event
run_as (string): the role that the function runs as, or "caller", which is the publisher. Default: the role that subscribes
retries (0 to 100): retries of a failed event. Default 0. After a serialization failure or a deadlock there are always three';
