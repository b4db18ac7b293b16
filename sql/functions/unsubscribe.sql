-- Removes a subscription by its id. Returns whether it existed.
CREATE OR REPLACE FUNCTION crossbar.unsubscribe(subscription bigint)
RETURNS boolean
-- SECURITY DEFINER: a role that was granted this function has no privileges on the tables that it uses.
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
  'Removes a subscription by the id that crossbar.subscribe returned. Returns whether it existed.';
