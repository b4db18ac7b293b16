-- Raises where a URI belongs to the router or to pgwamp.
CREATE OR REPLACE FUNCTION crossbar._check_unreserved(argument text, uri text)
RETURNS void
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF starts_with(uri, 'wamp.') OR starts_with(uri, 'crossbar.') THEN
    RAISE EXCEPTION '% is reserved: %', argument, quote_literal(uri)
      USING ERRCODE = 'invalid_parameter_value',
        HINT = 'URIs that start with "wamp." or "crossbar." belong to the router and to pgwamp.';
  END IF;
END
$$;
