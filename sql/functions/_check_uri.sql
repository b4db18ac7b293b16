-- Raises unless uri is a WAMP URI by the loose rule: parts without white space, '.' or '#', joined by '.'.
-- https://wamp-proto.org/wamp_latest_ietf.html#name-uris
-- reserved: also raise where the URI belongs to the router or to pgwamp.
CREATE OR REPLACE FUNCTION crossbar._check_uri(argument text, uri text, reserved boolean DEFAULT true)
RETURNS void
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF (uri ~ '^([^[:space:].#]+[.])*[^[:space:].#]+$') IS NOT TRUE THEN
    RAISE EXCEPTION '% is not a WAMP URI: %', argument, coalesce(quote_literal(uri), 'NULL')
      USING ERRCODE = 'invalid_parameter_value',
        HINT = 'A URI is one or more parts joined by ".", each without white space, "." and "#", such as ''com.example.topic''.';
  END IF;
  IF reserved THEN
    PERFORM crossbar._check_unreserved(argument, uri);
  END IF;
END
$$;
