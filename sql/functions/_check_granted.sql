-- Checks whether the role of the session was granted a function of pgwamp: see crossbar._is_granted. Returns the
-- problem, or NULL. The role of the session also counts inside a SECURITY DEFINER function: if its owner may register,
-- its callers may not.
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
