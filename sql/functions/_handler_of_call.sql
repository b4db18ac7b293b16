-- Returns the function that the option handler of crossbar.call_async names, as regprocedure writes it; NULL where it names none.
-- Raises unless it takes the outcome of a call and the role that asks may subscribe it: it may execute crossbar.subscribe and the function, and pgwamp may
-- become the role.
CREATE OR REPLACE FUNCTION crossbar._handler_of_call(handler text, role name)
RETURNS text
LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp SET quote_all_identifiers = off
AS $$
DECLARE
  component CONSTANT name := current_user;
  found regprocedure;
BEGIN
  IF handler IS NULL THEN
    RETURN NULL;
  END IF;
  BEGIN
    found := to_regprocedure(regexp_replace(handler, '[(].*[)]$', '') || '(bigint, jsonb, jsonb)');
  EXCEPTION
    -- Since PostgreSQL 16 what is no name at all is not found either.
    WHEN invalid_name OR syntax_error OR invalid_text_representation OR feature_not_supported THEN NULL;
  END;
  IF found IS NULL OR (SELECT prokind NOT IN ('f', 'p') OR proretset FROM pg_proc WHERE oid = found) THEN
    RAISE EXCEPTION 'option ''handler'' names no function that takes an outcome: %', quote_literal(handler)
      USING ERRCODE = 'undefined_function',
        HINT = 'A handler is named with its schema, such as ''public.called'', and has the parameters (id bigint, result jsonb, error jsonb).';
  END IF;
  -- The handler runs in a session of pgwamp, as the handler of a subscription does, and so it takes the same right.
  PERFORM crossbar._check_execute(role, 'crossbar.subscribe(text, regprocedure, jsonb)'::regprocedure);
  PERFORM crossbar._check_endpoint(found);
  PERFORM crossbar._check_unambiguous(found);
  PERFORM crossbar._check_execute(role, found);
  IF role = component OR NOT crossbar._may_become(component, role) THEN
    RAISE EXCEPTION 'pgwamp may not run a function as role %', quote_ident(role)
      USING ERRCODE = 'insufficient_privilege', HINT = CASE WHEN role = component OR (SELECT rolsuper FROM pg_roles WHERE rolname = role)
        THEN 'SET ROLE to one that has just the rights that the handler needs.'
        ELSE format('GRANT %I TO %I;', role, component)
      END;
  END IF;
  RETURN found::text;
END
$$;

REVOKE ALL ON FUNCTION crossbar._handler_of_call(text, name) FROM PUBLIC;
