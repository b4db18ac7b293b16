-- Removes the registrations of a procedure with any option match, if the caller may remove them.
-- Returns whether any registration was removed.
CREATE OR REPLACE FUNCTION crossbar.unregister(procedure text)
RETURNS boolean
-- SECURITY DEFINER: a role that was granted this function has no privileges on the tables that it uses.
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  outcome CONSTANT record := crossbar._remove_endpoints('crossbar.unregister(text)',
    ARRAY(SELECT id FROM crossbar._endpoint WHERE kind = 'registration' AND uri = procedure COLLATE "default"));
  problem CONSTANT crossbar._problem := outcome.problem;
BEGIN
  IF problem.condition IS NOT NULL THEN
    RAISE EXCEPTION USING ERRCODE = problem.condition, MESSAGE = problem.message, HINT = problem.hint;
  END IF;
  RETURN outcome.removed;
END
$$;

COMMENT ON FUNCTION crossbar.unregister(text) IS
  'Removes the registrations of a procedure, with any option match. Returns whether any registration was removed.';
