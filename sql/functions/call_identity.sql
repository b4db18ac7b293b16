-- Who calls, as JSON text: the login, the role of the session, the backend, and through whom the call came here. The setting
-- crossbar.forward_for is what a Callee was told by its router. Anybody may set it, so it counts in the sessions of components alone: they
-- have logged in as the owner of these functions, who is current_user in all that call this one, since those are SECURITY DEFINER.
CREATE OR REPLACE FUNCTION crossbar.call_identity()
RETURNS text
-- Without SET search_path, so that it is inlined into crossbar.call, which has one.
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
  SELECT format('{"session_user":%1$s,"role":%2$s,"pid":%3$s,"forward_for":[%4$s{"authid":%1$s,"authrole":%2$s}]}',
    to_json(session_user),
    to_json(CASE current_setting('role') WHEN 'none' THEN session_user::text ELSE current_setting('role') END),
    pg_backend_pid(),
    CASE WHEN session_user = current_user AND current_setting('crossbar.forward_for', true) <> '' THEN crossbar.former_hops() END)
$$;

REVOKE ALL ON FUNCTION crossbar.call_identity() FROM PUBLIC;
