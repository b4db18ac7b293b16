-- Resolves the option handler of crossbar.call_async. Returns the function as regprocedure writes it, and its owner;
-- NULL if the option is not set. Or returns a problem, unless the function takes the outcome of a call and the
-- requesting role may subscribe it: the role was granted crossbar.subscribe, may execute the function, and pgwamp may
-- SET ROLE to it.
CREATE OR REPLACE FUNCTION crossbar._handler_of_call(handler text, role name, OUT function text, OUT owner name, OUT problem crossbar._problem)
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp SET quote_all_identifiers = off
AS $$
DECLARE
  component CONSTANT name := current_user;
  login CONSTANT name := coalesce((SELECT session.login FROM crossbar._function_session AS session), component);
  found regprocedure;
BEGIN
  IF handler IS NULL THEN
    RETURN;
  END IF;
  BEGIN
    found := to_regprocedure(regexp_replace(handler, '[(].*[)]$', '') || '(bigint, jsonb, jsonb)');
  EXCEPTION
    -- Since PostgreSQL 16, an invalid name is reported as not found.
    WHEN invalid_name OR syntax_error OR invalid_text_representation OR feature_not_supported THEN NULL;
  END;
  IF found IS NULL OR (SELECT prokind NOT IN ('f', 'p') OR proretset FROM pg_proc WHERE oid = found) THEN
    problem := ('undefined_function', format('option ''handler'' names no function that takes an outcome: %s', quote_literal(handler)),
      'A handler is named with its schema, such as ''public.called'', and has the parameters (id bigint, result jsonb, error jsonb).', NULL);
    RETURN;
  END IF;
  -- The handler runs in a session of pgwamp, like the handler of a subscription, so it requires the same privileges.
  problem := coalesce(crossbar._check_granted('crossbar.subscribe(text, anycompatible, jsonb)'::regprocedure), crossbar._check_endpoint(found),
    crossbar._check_unambiguous(found), crossbar._check_execute(role, found));
  IF problem.condition IS NULL AND (role = component OR NOT crossbar._may_run_as(role)) THEN
    problem := ('insufficient_privilege', format('pgwamp may not run a function as role %s', quote_ident(role)),
      CASE WHEN role = component OR (SELECT rolsuper FROM pg_roles WHERE rolname = role)
        THEN 'SET ROLE to one that has just the rights that the handler needs.'
        ELSE format('GRANT %I TO %I;', role, login)
      END, NULL);
  END IF;
  function := found::text;
  owner := (SELECT pg_get_userbyid(proowner) FROM pg_proc WHERE oid = found);
END
$$;

REVOKE ALL ON FUNCTION crossbar._handler_of_call(text, name) FROM PUBLIC;
