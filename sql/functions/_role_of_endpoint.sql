-- Returns the role that an endpoint runs as, by the option run_as; NULL: the one of its WAMP caller.
-- Raises unless the owner of the endpoint and pgwamp may become that role.
CREATE OR REPLACE FUNCTION crossbar._role_of_endpoint(owner name, run_as text)
RETURNS name
LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  component CONSTANT name := current_user;
  role record;
  advice text;
BEGIN
  IF run_as = 'caller' THEN
    RETURN NULL;
  END IF;
  -- Compared as text: as a name, what is longer than 63 bytes would be cut.
  SELECT rolname AS name, rolsuper AS super INTO role FROM pg_roles WHERE rolname::text = coalesce(run_as, owner);
  IF NOT FOUND THEN
    RAISE EXCEPTION 'option ''run_as'' names a role that does not exist: %', quote_literal(run_as)
      USING ERRCODE = 'undefined_object', HINT = 'Option ''run_as'' is the name of a role, or "caller".';
  END IF;
  -- Nobody is told to be granted everything.
  IF role.super OR role.name = component THEN
    advice := 'Use the option run_as with a role that has just the rights that the function needs.';
  END IF;
  IF NOT crossbar._may_become(owner, role.name) THEN
    RAISE EXCEPTION 'role % may not register a function that runs as role %', quote_ident(owner), quote_ident(role.name)
      USING ERRCODE = 'insufficient_privilege', HINT = coalesce(advice, format('GRANT %I TO %I;', role.name, owner));
  END IF;
  IF NOT crossbar._may_become(component, role.name) OR role.name = component AND run_as IS NULL THEN
    RAISE EXCEPTION 'pgwamp may not run a function as role %', quote_ident(role.name)
      USING ERRCODE = 'insufficient_privilege', HINT = coalesce(advice, format('GRANT %I TO %I;', role.name, component));
  END IF;
  RETURN role.name;
END
$$;

REVOKE ALL ON FUNCTION crossbar._role_of_endpoint(name, text) FROM PUBLIC;
