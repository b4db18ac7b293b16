-- Removes what crossbar.register made of a procedure, by every match of that URI, as far as the caller may.
-- Returns whether there was anything.
CREATE OR REPLACE FUNCTION crossbar.unregister(procedure text)
RETURNS boolean
-- SECURITY DEFINER: who was granted this function has no rights to the tables behind it.
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  outcome CONSTANT record := crossbar._remove_endpoints('crossbar.unregister(text)',
    ARRAY(SELECT id FROM crossbar._endpoint WHERE kind = 'registration' AND uri = procedure));
  problem CONSTANT crossbar._problem := outcome.problem;
BEGIN
  IF problem.condition IS NOT NULL THEN
    RAISE EXCEPTION USING ERRCODE = problem.condition, MESSAGE = problem.message, HINT = problem.hint;
  END IF;
  RETURN outcome.removed;
END
$$;

COMMENT ON FUNCTION crossbar.unregister(text) IS
  'Removes what crossbar.register made of a procedure, for each match. Returns whether there was anything to remove.';
