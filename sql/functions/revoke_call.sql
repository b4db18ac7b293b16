-- Takes back what crossbar.grant_call gave. Returns whether it was there.
CREATE OR REPLACE FUNCTION crossbar.revoke_call(role text, pattern text)
RETURNS boolean
-- SECURITY DEFINER: a role that was granted this function has no rights to the table behind it.
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  problem CONSTANT crossbar._problem := crossbar._check_granted('crossbar.revoke_call(text, text)'::regprocedure);
BEGIN
  IF problem.condition IS NOT NULL THEN
    RAISE EXCEPTION USING ERRCODE = problem.condition, MESSAGE = problem.message, HINT = problem.hint;
  END IF;
  DELETE FROM crossbar.call_permission AS permission
    WHERE permission.role::text = revoke_call.role AND permission.pattern = revoke_call.pattern;
  RETURN FOUND;
END
$$;

COMMENT ON FUNCTION crossbar.revoke_call(text, text) IS
  'Takes back what crossbar.grant_call gave with the same arguments. Returns whether it was there.';
