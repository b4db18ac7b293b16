-- Raises unless a role may execute a function.
CREATE OR REPLACE FUNCTION crossbar._check_execute(role name, endpoint regprocedure)
RETURNS void
LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF NOT has_function_privilege(role, endpoint, 'EXECUTE') THEN
    RAISE EXCEPTION 'role % may not execute %', quote_ident(role), endpoint
      USING ERRCODE = 'insufficient_privilege', HINT = format('GRANT EXECUTE ON ROUTINE %s TO %I;', endpoint, role);
  END IF;
END
$$;

REVOKE ALL ON FUNCTION crossbar._check_execute(name, regprocedure) FROM PUBLIC;
