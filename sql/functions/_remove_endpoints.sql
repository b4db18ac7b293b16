-- Removes those of some endpoints that the role of the session may remove, and notifies the components at COMMIT. Returns whether it removed any.
-- Raises if there are some and it may remove none of them.
CREATE OR REPLACE FUNCTION crossbar._remove_endpoints(candidates bigint[])
RETURNS boolean
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  acting CONSTANT name := crossbar._session_role();
  removed record;
BEGIN
  FOR removed IN
    DELETE FROM crossbar._endpoint WHERE id = ANY (candidates) AND crossbar._may_become(acting, owner) RETURNING kind, id
  LOOP
    PERFORM pg_notify('crossbar_endpoint', removed.kind || ' ' || removed.id);
  END LOOP;
  IF FOUND THEN
    RETURN true;
  END IF;
  PERFORM crossbar._check_owner(endpoint, acting) FROM crossbar._endpoint AS endpoint WHERE id = ANY (candidates);
  RETURN false;
END
$$;

REVOKE ALL ON FUNCTION crossbar._remove_endpoints(bigint[]) FROM PUBLIC;
