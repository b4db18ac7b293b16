-- Who calls, as JSON text: the login, the role of the session, the backend, and through whom the call came here. The setting
-- crossbar.forward_for is what a Callee was told by its router; anybody may set it, so what it says is only as good as its author.
CREATE OR REPLACE FUNCTION crossbar.call_identity()
RETURNS text
-- Without SET search_path, so that it is inlined into crossbar.call, which has one.
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
  SELECT '{"session_user":' || to_json(session_user)
    || ',"role":' || to_json(CASE current_setting('role') WHEN 'none' THEN session_user::text ELSE current_setting('role') END)
    || ',"pid":' || pg_backend_pid()
    || ',"forward_for":[' || CASE WHEN current_setting('crossbar.forward_for', true) <> '' THEN crossbar.former_hops() ELSE '' END
    || '{"authid":' || to_json(session_user)
    || ',"authrole":' || to_json(CASE current_setting('role') WHEN 'none' THEN session_user::text ELSE current_setting('role') END)
    || '}]}'
$$;

REVOKE ALL ON FUNCTION crossbar.call_identity() FROM PUBLIC;
