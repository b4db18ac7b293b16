-- Resumes a paused Proxy. Returns whether the Proxy exists.
CREATE OR REPLACE FUNCTION crossbar.resume_proxy(proxy text)
RETURNS boolean
-- SECURITY DEFINER: a role that was granted this function has no privileges on the table that it uses.
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  problem CONSTANT crossbar._problem := crossbar._check_granted('crossbar.resume_proxy(text)'::regprocedure);
BEGIN
  IF problem.condition IS NOT NULL THEN
    RAISE EXCEPTION USING ERRCODE = problem.condition, MESSAGE = problem.message, HINT = problem.hint;
  END IF;
  UPDATE crossbar.proxy AS it SET paused = false WHERE it.name = resume_proxy.proxy;
  RETURN FOUND;
END
$$;

COMMENT ON FUNCTION crossbar.resume_proxy(text) IS 'Resumes a paused Proxy. Returns whether the Proxy exists.';
