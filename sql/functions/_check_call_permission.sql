-- Raises unless crossbar.call_permission lets the role of the session call a procedure. Superusers may call every procedure.
CREATE OR REPLACE FUNCTION crossbar._check_call_permission(procedure text)
RETURNS void
-- Without SET search_path, which would be set a second time: whoever calls it has set it.
LANGUAGE plpgsql STABLE PARALLEL SAFE
AS $$
DECLARE
  caller CONSTANT name := crossbar._session_role();
BEGIN
  IF EXISTS (
    -- A role that is gone has no oid. To join pg_roles would take most of the time of this function.
    SELECT FROM crossbar.call_permission AS permission
    WHERE crossbar._matches(procedure, permission.pattern)
      AND (permission.role = 'public' OR pg_has_role(caller, to_regrole(quote_ident(permission.role)), 'MEMBER'))
  ) THEN
    RETURN;
  END IF;
  IF (SELECT rolsuper FROM pg_roles WHERE rolname = caller) IS NOT TRUE THEN
    RAISE EXCEPTION 'role % may not call %', quote_ident(caller), procedure
      USING ERRCODE = 'insufficient_privilege', HINT = format('SELECT crossbar.grant_call(%L, %L);', caller, procedure);
  END IF;
END
$$;

REVOKE ALL ON FUNCTION crossbar._check_call_permission(text) FROM PUBLIC;
