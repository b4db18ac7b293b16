-- The role that registers: the one of SET ROLE, else the one that logged in. In a function with SECURITY DEFINER current_user is its owner.
CREATE OR REPLACE FUNCTION crossbar.registrar()
RETURNS name
LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
SELECT CASE current_setting('role') WHEN 'none' THEN session_user ELSE current_setting('role')::name END
$$;

REVOKE ALL ON FUNCTION crossbar.registrar() FROM PUBLIC;
