-- Returns the owner of an endpoint. Raises unless a role may replace and remove it.
CREATE OR REPLACE FUNCTION crossbar._check_owner(endpoint crossbar._endpoint, role name)
RETURNS name
LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF crossbar._may_become(_check_owner.role, endpoint.owner) THEN
    RETURN endpoint.owner;
  END IF;
  RAISE EXCEPTION 'the % of % belongs to role %', endpoint.kind, quote_literal(endpoint.uri), quote_ident(endpoint.owner)
    USING ERRCODE = 'insufficient_privilege',
      HINT = format('Only role %I, its members and superusers may replace or remove it.', endpoint.owner);
END
$$;

REVOKE ALL ON FUNCTION crossbar._check_owner(crossbar._endpoint, name) FROM PUBLIC;
