-- Whether a role, or a role whose privileges it has, was granted a function of pgwamp explicitly. PUBLIC does not
-- count: it may execute all these functions, so that a role without the grant receives an error with the missing GRANT.
CREATE OR REPLACE FUNCTION crossbar._is_granted(role name, routine regprocedure)
RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
SELECT EXISTS (
  SELECT FROM pg_proc, aclexplode(coalesce(proacl, acldefault('f', proowner))) AS entry
  WHERE pg_proc.oid = routine AND entry.privilege_type = 'EXECUTE' AND entry.grantee <> 0 AND pg_has_role(role, entry.grantee, 'USAGE')
)
$$;

REVOKE ALL ON FUNCTION crossbar._is_granted(name, regprocedure) FROM PUBLIC;
