-- Whether functions can run as a role: the login of the sessions that run functions may SET ROLE to it. Until a
-- component has stored this login, it may be either of the two roles that setup.sql creates.
CREATE OR REPLACE FUNCTION crossbar._may_run_as(role name)
RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
SELECT coalesce(
  (SELECT crossbar._may_become(login, role) FROM crossbar._function_session),
  crossbar._may_become(current_user, role) OR coalesce(crossbar._may_become('crossbar_worker', role), false)
)
$$;

REVOKE ALL ON FUNCTION crossbar._may_run_as(name) FROM PUBLIC;
