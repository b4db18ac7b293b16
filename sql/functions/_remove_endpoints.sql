-- Implements crossbar.unregister and crossbar.unsubscribe: removes the endpoints that the role of the session may
-- remove, and notifies the components at COMMIT. Returns whether it removed any. Or returns a problem, if the role was
-- not granted the function, or may remove none of the existing endpoints.
CREATE OR REPLACE FUNCTION crossbar._remove_endpoints(
  routine regprocedure, candidates bigint[], OUT removed boolean, OUT problem crossbar._problem
)
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  acting CONSTANT name := crossbar._session_role();
  endpoint record;
BEGIN
  problem := crossbar._check_granted(routine);
  IF problem.condition IS NOT NULL THEN
    RETURN;
  END IF;
  FOR endpoint IN
    DELETE FROM crossbar._endpoint WHERE id = ANY (candidates) AND crossbar._may_become(acting, owner) RETURNING kind, id
  LOOP
    PERFORM pg_notify('crossbar_endpoint', endpoint.kind || ' ' || endpoint.id);
  END LOOP;
  removed := FOUND;
  IF NOT removed THEN
    problem := (SELECT crossbar._foreign_endpoint(other) FROM crossbar._endpoint AS other WHERE id = ANY (candidates) LIMIT 1);
  END IF;
END
$$;

REVOKE ALL ON FUNCTION crossbar._remove_endpoints(regprocedure, bigint[]) FROM PUBLIC;
