-- Returns the role that an endpoint runs as, from the option run_as. NULL means the role of its WAMP caller. Or returns
-- a problem, unless the owner of the endpoint and pgwamp may SET ROLE to that role.
CREATE OR REPLACE FUNCTION crossbar._role_of_endpoint(owner name, run_as text, OUT role name, OUT problem crossbar._problem)
LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  component CONSTANT name := current_user;
  login CONSTANT name := coalesce((SELECT session.login FROM crossbar._function_session AS session), component);
  target record;
  advice text;
BEGIN
  IF run_as = 'caller' THEN
    RETURN;
  END IF;
  -- The comparison uses text, because the type name would truncate a name of more than 63 bytes.
  SELECT rolname AS name, rolsuper AS super INTO target FROM pg_roles WHERE rolname::text = coalesce(run_as, owner);
  IF NOT FOUND THEN
    problem := ('undefined_object', format('option ''run_as'' names a role that does not exist: %s', quote_literal(run_as)),
      'Option ''run_as'' is the name of a role, or "caller".', NULL);
    RETURN;
  END IF;
  -- The hint must not suggest a GRANT of all privileges, which superusers and role crossbar have.
  IF target.super OR target.name = component THEN
    advice := 'Use the option run_as with a role that has just the rights that the function needs.';
  END IF;
  IF NOT crossbar._may_become(owner, target.name) THEN
    problem := ('insufficient_privilege',
      format('role %s may not register a function that runs as role %s', quote_ident(owner), quote_ident(target.name)),
      coalesce(advice, format('GRANT %I TO %I;', target.name, owner)), NULL);
  ELSIF NOT crossbar._may_run_as(target.name) OR target.name = component AND run_as IS NULL THEN
    problem := ('insufficient_privilege', format('pgwamp may not run a function as role %s', quote_ident(target.name)),
      coalesce(advice, format('GRANT %I TO %I;', target.name, login)), NULL);
  ELSE
    role := target.name;
  END IF;
END
$$;

REVOKE ALL ON FUNCTION crossbar._role_of_endpoint(name, text) FROM PUBLIC;
