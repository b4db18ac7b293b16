-- Has a paused Proxy go on. Returns whether there is such a Proxy.
CREATE OR REPLACE FUNCTION crossbar.resume_proxy(proxy text)
RETURNS boolean
-- SECURITY DEFINER: a role that was granted this function has no rights to the table behind it.
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  UPDATE crossbar.proxy AS it SET paused = false WHERE it.name = resume_proxy.proxy;
  RETURN FOUND;
END
$$;

REVOKE ALL ON FUNCTION crossbar.resume_proxy(text) FROM PUBLIC;

COMMENT ON FUNCTION crossbar.resume_proxy(text) IS 'Has a paused Proxy go on. Returns whether there is such a Proxy.';
