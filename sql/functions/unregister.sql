-- Removes what crossbar.register made of a procedure, by every match of that URI, as far as the caller may.
-- Returns whether there was anything.
CREATE OR REPLACE FUNCTION crossbar.unregister(procedure text)
RETURNS boolean
-- SECURITY DEFINER: who was granted this function has no rights to the tables behind it.
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RETURN crossbar._remove_endpoints(ARRAY(
    SELECT id FROM crossbar._endpoint WHERE kind = 'registration' AND uri = procedure
  ));
END
$$;

REVOKE ALL ON FUNCTION crossbar.unregister(text) FROM PUBLIC;

COMMENT ON FUNCTION crossbar.unregister(text) IS
  'Removes what crossbar.register made of a procedure, for each match. Returns whether there was anything to remove.';
