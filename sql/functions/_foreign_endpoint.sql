-- Returns the problem if a role tries to replace or remove an endpoint of another role.
CREATE OR REPLACE FUNCTION crossbar._foreign_endpoint(endpoint crossbar._endpoint)
RETURNS crossbar._problem
LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RETURN ('insufficient_privilege',
    format('the %s of %s belongs to role %s', endpoint.kind, quote_literal(endpoint.uri), quote_ident(endpoint.owner)),
    format('Only role %I, its members and superusers may replace or remove it.', endpoint.owner), NULL)::crossbar._problem;
END
$$;

REVOKE ALL ON FUNCTION crossbar._foreign_endpoint(crossbar._endpoint) FROM PUBLIC;
