-- Raises unless crossbar.callable lets the role of the session call a procedure.
CREATE OR REPLACE FUNCTION crossbar.check_callable(procedure text)
RETURNS void
LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  caller CONSTANT name := crossbar.registrar();
BEGIN
  IF EXISTS (SELECT FROM crossbar.callable) AND NOT EXISTS (
    SELECT FROM crossbar.callable AS rule LEFT JOIN pg_roles AS other ON other.rolname = rule.role
    WHERE (rule.role = 'public' OR pg_has_role(caller, other.oid, 'MEMBER'))
      AND crossbar.matches(procedure, rule.uri, rule.match)
  ) THEN
    RAISE EXCEPTION 'role % may not call %', quote_ident(caller), procedure
      USING ERRCODE = 'insufficient_privilege', HINT = 'The table crossbar.callable says who may call what. Add a row for the role, or for one that it is a member of.';
  END IF;
END
$$;

REVOKE ALL ON FUNCTION crossbar.check_callable(text) FROM PUBLIC;
