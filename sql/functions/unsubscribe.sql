-- Removes what crossbar.subscribe made, by the id that it returned. Returns whether it was there.
CREATE OR REPLACE FUNCTION crossbar.unsubscribe(subscription bigint)
RETURNS boolean
-- SECURITY DEFINER: who was granted this function has no rights to the tables behind it.
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  outcome CONSTANT record := crossbar._remove_endpoints('crossbar.unsubscribe(bigint)',
    ARRAY(SELECT id FROM crossbar._endpoint WHERE kind = 'subscription' AND id = subscription));
  problem CONSTANT crossbar._problem := outcome.problem;
BEGIN
  IF problem.condition IS NOT NULL THEN
    RAISE EXCEPTION USING ERRCODE = problem.condition, MESSAGE = problem.message, HINT = problem.hint;
  END IF;
  RETURN outcome.removed;
END
$$;

COMMENT ON FUNCTION crossbar.unsubscribe(bigint) IS
  'Removes what crossbar.subscribe made, by the id that it returned. Returns whether it was there.';
