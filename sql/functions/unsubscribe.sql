-- Removes what crossbar.subscribe made, by the id that it returned. Returns whether it was there.
CREATE OR REPLACE FUNCTION crossbar.unsubscribe(subscription bigint)
RETURNS boolean
-- SECURITY DEFINER: who was granted this function has no rights to the tables behind it.
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RETURN crossbar._remove_endpoints(ARRAY(
    SELECT id FROM crossbar._endpoint WHERE kind = 'subscription' AND id = subscription
  ));
END
$$;

REVOKE ALL ON FUNCTION crossbar.unsubscribe(bigint) FROM PUBLIC;

COMMENT ON FUNCTION crossbar.unsubscribe(bigint) IS
  'Removes what crossbar.subscribe made, by the id that it returned. Returns whether it was there.';
