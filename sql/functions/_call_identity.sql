-- needs: _former_hops
-- Returns the identity of the caller as JSON text: the login, the role of the session, the backend, and the previous
-- hops of a forwarded call. A Callee sets crossbar.forward_for from the details of its router. Any role may set it, so
-- it only counts in sessions of components. Their login is the owner of these functions (which is current_user in every
-- caller of this function, because the callers are SECURITY DEFINER) or crossbar_worker.
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
