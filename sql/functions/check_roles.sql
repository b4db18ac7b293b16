-- Returns the role that an endpoint runs as, by the option run_as; NULL: the one of its WAMP caller.
-- Raises unless the registrar may execute the function and become that role, and pgwamp may become it as well.
CREATE OR REPLACE FUNCTION crossbar.check_roles(endpoint regprocedure, registrar name, run_as text)
RETURNS name
LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  role name;
  hint text := format('GRANT %I TO %I, or use the option run_as with a role that has just the rights that the function needs.',
    coalesce(run_as, registrar), current_user);
BEGIN
  IF NOT has_function_privilege(registrar, endpoint, 'EXECUTE') THEN
    RAISE EXCEPTION 'role % may not execute %', quote_ident(registrar), endpoint
      USING ERRCODE = 'insufficient_privilege', HINT = format('GRANT EXECUTE ON ROUTINE %s TO %I.', endpoint, registrar);
  END IF;
  IF run_as = 'caller' THEN
    RETURN NULL;
  END IF;
  SELECT rolname INTO role FROM pg_roles WHERE rolname::text = coalesce(run_as, registrar);
  IF NOT FOUND THEN
    RAISE EXCEPTION 'option ''run_as'' names a role that does not exist: %', quote_literal(run_as)
      USING ERRCODE = 'undefined_object', HINT = 'It is the name of a role as it is in pg_roles, or "caller".';
  END IF;
  IF NOT crossbar.may_become(registrar, role) THEN
    RAISE EXCEPTION 'role % may not run a function as role %', quote_ident(registrar), quote_ident(role)
      USING ERRCODE = 'insufficient_privilege', HINT = format('GRANT %I TO %I, or use the option run_as with another role.', role, registrar);
  END IF;
  IF role = current_user AND run_as IS NULL THEN
    RAISE EXCEPTION 'nothing runs as role % unless that is said', quote_ident(role)
      USING ERRCODE = 'insufficient_privilege',
        HINT = 'Use the option run_as with a role that has just the rights that the function needs.';
  END IF;
  IF NOT crossbar.may_become(current_user, role) THEN
    RAISE EXCEPTION 'role % may not run a function as role %', quote_ident(current_user), quote_ident(role)
      USING ERRCODE = 'insufficient_privilege', HINT = hint;
  END IF;
  RETURN role;
END
$$;

REVOKE ALL ON FUNCTION crossbar.check_roles(regprocedure, name, text) FROM PUBLIC;
