-- Revokes a permission of crossbar.grant_call. Returns whether it existed.
CREATE OR REPLACE FUNCTION crossbar.revoke_call(role text, pattern text)
RETURNS boolean
-- SECURITY DEFINER: a role that was granted this function has no privileges on the table that it uses.
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  problem CONSTANT crossbar._problem := crossbar._check_granted('crossbar.revoke_call(text, text)'::regprocedure);
BEGIN
  IF problem.condition IS NOT NULL THEN
    RAISE EXCEPTION USING ERRCODE = problem.condition, MESSAGE = problem.message, HINT = problem.hint;
  END IF;
  DELETE FROM crossbar.call_permission AS permission
    WHERE permission.role::text = revoke_call.role COLLATE "default" AND permission.pattern = revoke_call.pattern COLLATE "default";
  RETURN FOUND;
END
$$;

COMMENT ON FUNCTION crossbar.revoke_call(text, text) IS
  'Revokes the permission that crossbar.grant_call gave with the same arguments. Returns whether it existed.';
