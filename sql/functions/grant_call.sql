-- Allows a role to call the procedures that match a pattern.
CREATE OR REPLACE FUNCTION crossbar.grant_call(role text, pattern text)
RETURNS void
-- SECURITY DEFINER: a role that was granted this function has no privileges on the table that it uses.
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  problem crossbar._problem := crossbar._check_granted('crossbar.grant_call(text, text)'::regprocedure);
BEGIN
  -- The comparison uses text, because the type name would truncate a name of more than 63 bytes.
  IF problem.condition IS NULL AND grant_call.role COLLATE "default" IS DISTINCT FROM 'public'
    AND NOT EXISTS (SELECT FROM pg_roles WHERE rolname::text = grant_call.role COLLATE "default")
  THEN
    problem := ('undefined_object', format('role %s does not exist', coalesce(quote_literal(grant_call.role), 'NULL')),
      'The first argument is the name of a role, or ''public'' for every role.', NULL);
  END IF;
  IF problem.condition IS NULL THEN
    problem := crossbar._check_call_pattern(grant_call.pattern COLLATE "default");
  END IF;
  IF problem.condition IS NOT NULL THEN
    RAISE EXCEPTION USING ERRCODE = problem.condition, MESSAGE = problem.message, HINT = problem.hint;
  END IF;
  INSERT INTO crossbar.call_permission (role, pattern) VALUES (grant_call.role, grant_call.pattern) ON CONFLICT DO NOTHING;
END
$$;

COMMENT ON FUNCTION crossbar.grant_call(text, text) IS
  'Allows a role ("public": every role) to call the procedures that match a pattern: a URI, a prefix that ends with "*", or a URI with empty parts. An empty part matches any one part.';
