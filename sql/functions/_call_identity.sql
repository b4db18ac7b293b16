-- needs: _former_hops
-- Who calls, as JSON text: the login, the role of the session, the backend, and the hops that the call came by. A Callee sets
-- crossbar.forward_for from what its router told it. Anybody may set it, so it counts only in the sessions of components: they have logged in as
-- the owner of these functions, which is current_user in every caller of this function, because those are SECURITY DEFINER, or as crossbar_worker.
CREATE OR REPLACE FUNCTION crossbar._call_identity()
RETURNS text
-- Without SET search_path, so that it is inlined into crossbar.call. The body is bound when the function is created.
LANGUAGE sql STABLE PARALLEL SAFE
RETURN format('{"session_user":%1$s,"role":%2$s,"pid":%3$s,"forward_for":[%4$s{"authid":%1$s,"authrole":%2$s}]}',
  to_json(session_user),
  to_json(CASE current_setting('role') WHEN 'none' THEN session_user::text ELSE current_setting('role') END),
  pg_backend_pid(),
  CASE WHEN session_user IN (current_user, 'crossbar_worker') AND current_setting('crossbar.forward_for', true) <> '' THEN crossbar._former_hops() END);

REVOKE ALL ON FUNCTION crossbar._call_identity() FROM PUBLIC;
