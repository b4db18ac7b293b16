-- Whether a role may SET ROLE to another one. For a dropped role, this is only true for superusers, so that they can
-- clean up.
CREATE OR REPLACE FUNCTION crossbar._may_become(member name, role name)
RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
-- Since PostgreSQL 16, a membership may exclude SET ROLE.
SELECT own.rolsuper OR EXISTS (
  SELECT FROM pg_roles AS other WHERE other.rolname = _may_become.role
    AND pg_has_role(own.oid, other.oid, CASE WHEN current_setting('server_version_num')::integer >= 160000 THEN 'SET' ELSE 'MEMBER' END)
) FROM pg_roles AS own WHERE own.rolname = _may_become.member
$$;

REVOKE ALL ON FUNCTION crossbar._may_become(name, name) FROM PUBLIC;
