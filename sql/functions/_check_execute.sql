-- Checks whether a role may execute a function. Returns the problem, or NULL.
CREATE OR REPLACE FUNCTION crossbar._check_execute(role name, endpoint regprocedure)
RETURNS crossbar._problem
LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF NOT has_function_privilege(role, endpoint, 'EXECUTE') THEN
    RETURN ('insufficient_privilege', format('role %s may not execute %s', quote_ident(role), endpoint),
      format('GRANT EXECUTE ON ROUTINE %s TO %I;', endpoint, role), NULL)::crossbar._problem;
  END IF;
  RETURN NULL;
END
$$;

REVOKE ALL ON FUNCTION crossbar._check_execute(name, regprocedure) FROM PUBLIC;
