-- Stops a Proxy from reading and sending until crossbar.resume_proxy. Returns whether the Proxy exists.
CREATE OR REPLACE FUNCTION crossbar.pause_proxy(proxy text)
RETURNS boolean
-- SECURITY DEFINER: a role that was granted this function has no privileges on the table that it uses.
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  problem CONSTANT crossbar._problem := crossbar._check_granted('crossbar.pause_proxy(text)'::regprocedure);
BEGIN
  IF problem.condition IS NOT NULL THEN
    RAISE EXCEPTION USING ERRCODE = problem.condition, MESSAGE = problem.message, HINT = problem.hint;
  END IF;
  UPDATE crossbar.proxy AS it SET paused = true WHERE it.name = pause_proxy.proxy;
  RETURN FOUND;
END
$$;

COMMENT ON FUNCTION crossbar.pause_proxy(text) IS 'Stops a Proxy from reading and sending until crossbar.resume_proxy. Returns whether the Proxy exists.';
