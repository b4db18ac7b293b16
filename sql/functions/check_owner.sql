-- Returns who registered an endpoint. Raises unless claimant may replace and remove it.
CREATE OR REPLACE FUNCTION crossbar.check_owner(endpoint crossbar.endpoint, claimant name)
RETURNS name
LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF crossbar.may_become(claimant, endpoint.registrar) THEN
    RETURN endpoint.registrar;
  END IF;
  RAISE EXCEPTION 'the % of % belongs to role %', endpoint.kind, quote_literal(endpoint.uri), quote_ident(endpoint.registrar)
    USING ERRCODE = 'insufficient_privilege',
      HINT = format('Only role %I, its members and superusers may replace or remove it.', endpoint.registrar);
END
$$;

REVOKE ALL ON FUNCTION crossbar.check_owner(crossbar.endpoint, name) FROM PUBLIC;
