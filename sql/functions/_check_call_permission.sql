-- Checks whether crossbar.call_permission allows the role of the session to call a procedure. Returns the problem, or
-- NULL. Superusers may call every procedure.
CREATE OR REPLACE FUNCTION crossbar._check_call_permission(procedure text)
RETURNS crossbar._problem
-- Without SET search_path, which would be set a second time: all callers have set it.
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
AS $$
DECLARE
  caller CONSTANT name := crossbar._session_role();
BEGIN
  -- Inside SECURITY DEFINER, only a superuser has this privilege. This identifies superusers without reading pg_roles,
  -- which would take a third of the time of a call.
  IF pg_has_role(caller, caller, 'USAGE WITH ADMIN OPTION') THEN
    RETURN crossbar._check_unrestricted();
  END IF;
  IF EXISTS (
    -- A dropped role has no oid. A join with pg_roles would take most of the time of this function.
    SELECT FROM crossbar.call_permission AS permission
    WHERE crossbar._matches(procedure, permission.pattern)
      AND (permission.role = 'public' OR pg_has_role(caller, to_regrole(quote_ident(permission.role)), 'MEMBER'))
  ) THEN
    RETURN crossbar._check_unrestricted();
  END IF;
  RETURN ('insufficient_privilege', format('role %s may not call %s', quote_ident(caller), procedure),
    format('SELECT crossbar.grant_call(%L, %L);', caller, procedure), NULL)::crossbar._problem;
END
$$;

REVOKE ALL ON FUNCTION crossbar._check_call_permission(text) FROM PUBLIC;
