-- Returns what is wrong unless crossbar.call_permission lets the role of the session call a procedure; NULL if nothing is. Superusers may call
-- every procedure.
CREATE OR REPLACE FUNCTION crossbar._check_call_permission(procedure text)
RETURNS crossbar._problem
-- Without SET search_path, which would be set a second time: whoever calls it has set it.
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
AS $$
DECLARE
  caller CONSTANT name := crossbar._session_role();
BEGIN
  -- Within SECURITY DEFINER only a superuser may grant itself, so that this tells superusers without a look into pg_roles, which would take
  -- a third of a call.
  IF pg_has_role(caller, caller, 'USAGE WITH ADMIN OPTION') THEN
    RETURN crossbar._check_unrestricted();
  END IF;
  IF EXISTS (
    -- A role that is gone has no oid. To join pg_roles would take most of the time of this function.
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
