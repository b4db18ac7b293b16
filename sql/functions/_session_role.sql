-- Returns the acting role: the role of SET ROLE, otherwise the login. In a SECURITY DEFINER function, current_user is
-- the owner of the function.
CREATE OR REPLACE FUNCTION crossbar._session_role()
RETURNS name
-- Without SET search_path, so that it is inlined. The body is bound when the function is created.
LANGUAGE sql STABLE PARALLEL SAFE
RETURN CASE current_setting('role') WHEN 'none' THEN session_user ELSE current_setting('role')::name END;

REVOKE ALL ON FUNCTION crossbar._session_role() FROM PUBLIC;
