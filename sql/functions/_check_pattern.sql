-- Checks the uri of a registration or a subscription according to its option match. Returns the problem, or NULL.
-- https://wamp-proto.org/wamp_latest_ietf.html#name-pattern-based-subscriptions
CREATE OR REPLACE FUNCTION crossbar._check_pattern(argument text, uri text, match text)
RETURNS crossbar._problem
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  -- An index contains the URI, and its entries have a maximum size.
  IF octet_length(uri) > 1000 THEN
    RETURN ('invalid_parameter_value', format('%s has %s bytes', argument, octet_length(uri)),
      'The URI of a registration or a subscription has at most 1000 bytes.', NULL)::crossbar._problem;
  END IF;
  IF match = 'exact' THEN
    RETURN crossbar._check_uri(argument, uri);
  END IF;
  IF (uri ~ CASE match WHEN 'prefix' THEN '^([^[:space:].#]+[.])*[^[:space:].#]*$' ELSE '^([^[:space:].#]*[.])*[^[:space:].#]*$' END) IS NOT TRUE THEN
    RETURN ('invalid_parameter_value',
      format('%s is not a pattern to match by %s: %s', argument, match, coalesce(quote_literal(uri), 'NULL')), CASE match
        WHEN 'prefix' THEN 'A prefix is the beginning of a URI, such as ''com.example.''.'
        ELSE 'A wildcard is a URI in which a part that is empty stands for any, such as ''com..changed''.'
      END, NULL)::crossbar._problem;
  END IF;
  RETURN crossbar._check_unreserved(argument, uri);
END
$$;

REVOKE ALL ON FUNCTION crossbar._check_pattern(text, text, text) FROM PUBLIC;
