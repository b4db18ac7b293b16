-- Lets a Proxy whose replication slot was lost start again from now. Returns whether the Proxy exists.
CREATE OR REPLACE FUNCTION crossbar.accept_gap(proxy text)
RETURNS boolean
-- SECURITY DEFINER: a role that was granted this function has no privileges on the tables that it uses.
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  problem CONSTANT crossbar._problem := crossbar._check_granted('crossbar.accept_gap(text)'::regprocedure);
BEGIN
  IF problem.condition IS NOT NULL THEN
    RAISE EXCEPTION USING ERRCODE = problem.condition, MESSAGE = problem.message, HINT = problem.hint;
  END IF;
  DELETE FROM crossbar._proxy_cursor AS cursor WHERE cursor.proxy = accept_gap.proxy;
  UPDATE crossbar.proxy AS it SET slot = NULL, since = now() WHERE it.name = accept_gap.proxy;
  RETURN FOUND;
END
$$;

COMMENT ON FUNCTION crossbar.accept_gap(text) IS
  'Lets a Proxy whose replication slot was lost start again from now. Transactions committed in between are not delivered. Returns whether the Proxy exists.';
