-- Checks whether a URI is reserved for the router or for pgwamp. Returns the problem, or NULL.
CREATE OR REPLACE FUNCTION crossbar._check_unreserved(argument text, uri text)
RETURNS crossbar._problem
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF starts_with(uri, 'wamp.') OR starts_with(uri, 'crossbar.') THEN
    RETURN ('invalid_parameter_value', format('%s is reserved: %s', argument, quote_literal(uri)),
      'URIs that start with "wamp." or "crossbar." belong to the router and to pgwamp.', NULL)::crossbar._problem;
  END IF;
  RETURN NULL;
END
$$;
