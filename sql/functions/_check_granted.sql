-- Returns what is wrong unless the role of the session was granted a function of ours: see crossbar._is_granted. NULL if nothing is.
-- It is the role of the session also within a function with SECURITY DEFINER: one that may register does not thereby register for everybody
-- who calls it.
CREATE OR REPLACE FUNCTION crossbar._check_granted(routine regprocedure)
RETURNS crossbar._problem
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp SET quote_all_identifiers = off
AS $$
DECLARE
  acting CONSTANT name := crossbar._session_role();
BEGIN
  IF crossbar._is_granted(acting, routine) THEN
    RETURN crossbar._check_unrestricted();
  END IF;
  RETURN ('insufficient_privilege', format('role %s may not execute %s', quote_ident(acting), routine),
    format('GRANT EXECUTE ON ROUTINE %s TO %I;', routine, acting), NULL)::crossbar._problem;
END
$$;

REVOKE ALL ON FUNCTION crossbar._check_granted(regprocedure) FROM PUBLIC;
