-- Checks a WAMP URI by the loose rule: parts without white space, '.' or '#', joined by '.'. Returns the problem, or
-- NULL.
-- https://wamp-proto.org/wamp_latest_ietf.html#name-uris
-- uri: public functions pass it with the default collation. A collation applies to all texts in the called functions, and
--   regular expressions do not support every one.
-- reserved: also refuse a URI that is reserved for the router or for pgwamp.
CREATE OR REPLACE FUNCTION crossbar._check_uri(argument text, uri text, reserved boolean DEFAULT true)
RETURNS crossbar._problem
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF (uri ~ '^([^[:space:].#]+[.])*[^[:space:].#]+$') IS NOT TRUE THEN
    RETURN ('invalid_parameter_value', format('%s is not a WAMP URI: %s', argument, coalesce(quote_literal(uri), 'NULL')),
      'A URI is one or more parts joined by ".", each without white space, "." and "#", such as ''com.example.topic''.', NULL)::crossbar._problem;
  END IF;
  IF reserved THEN
    RETURN crossbar._check_unreserved(argument, uri);
  END IF;
  RETURN NULL;
END
$$;
