-- Who calls, as JSON text: the login, the role of the session, the backend, and through whom the call came here. The setting
-- crossbar.forward_for is what a Callee was told by its router; anybody may set it, so what it says is only as good as its author.
CREATE OR REPLACE FUNCTION crossbar.call_identity()
RETURNS text
LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  role CONSTANT name := crossbar.registrar();
  former CONSTANT jsonb := nullif(current_setting('crossbar.forward_for', true), '');
BEGIN
  IF jsonb_typeof(former) <> 'array' THEN
    RAISE EXCEPTION 'the setting crossbar.forward_for is a JSON %, not an array', jsonb_typeof(former)
      USING ERRCODE = 'invalid_parameter_value', HINT = 'A Callee sets it. Leave it alone.';
  END IF;
  RETURN jsonb_build_object('session_user', session_user, 'role', role, 'pid', pg_backend_pid(),
    'forward_for', coalesce(former, '[]') || jsonb_build_object('authid', session_user, 'authrole', role));
END
$$;

REVOKE ALL ON FUNCTION crossbar.call_identity() FROM PUBLIC;
