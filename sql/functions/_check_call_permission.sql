-- Raises unless crossbar.call_permission lets the role of the session call a procedure. Superusers may call every procedure.
CREATE OR REPLACE FUNCTION crossbar._check_call_permission(procedure text)
RETURNS void
LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  caller CONSTANT name := crossbar._session_role();
BEGIN
  IF EXISTS (
    SELECT FROM crossbar.call_permission AS permission LEFT JOIN pg_roles AS permitted ON permitted.rolname = permission.role
    WHERE crossbar._matches(procedure, permission.pattern)
      AND (permission.role = 'public' OR pg_has_role(caller, permitted.oid, 'MEMBER'))
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
