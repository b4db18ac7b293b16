-- Removes those of some endpoints that the registering role may remove, and tells the components at COMMIT. Returns whether there was any.
-- Raises if there are some, and it may remove none of them.
CREATE OR REPLACE FUNCTION crossbar.remove_endpoints(candidates bigint[])
RETURNS boolean
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  claimant CONSTANT name := crossbar.registrar();
  removed record;
BEGIN
  FOR removed IN
    DELETE FROM crossbar.endpoint WHERE id = ANY (candidates) AND crossbar.may_become(claimant, registrar) RETURNING kind, id
  LOOP
    PERFORM pg_notify('crossbar_endpoint', removed.kind || ' ' || removed.id);
  END LOOP;
  IF FOUND THEN
    RETURN true;
  END IF;
  PERFORM crossbar.check_owner(endpoint, claimant) FROM crossbar.endpoint WHERE id = ANY (candidates);
  RETURN false;
END
$$;

REVOKE ALL ON FUNCTION crossbar.remove_endpoints(bigint[]) FROM PUBLIC;
