-- Checks the pattern of crossbar.grant_call. Returns the problem, or NULL.
CREATE OR REPLACE FUNCTION crossbar._check_call_pattern(pattern text)
RETURNS crossbar._problem
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF (pattern ~ '^([^[:space:].#]*[.])*[^[:space:].#]*$' AND pattern <> '' AND octet_length(pattern) <= 1000) IS NOT TRUE THEN
    RETURN ('invalid_parameter_value', format('pattern of procedures is not valid: %s', coalesce(quote_literal(left(pattern, 1000)), 'NULL')),
      'A pattern is a URI (''com.example.add2''), a prefix that ends with "*" (''com.example.*''), or a URI with empty parts, '
        'each of which stands for any one part (''com..status''). It has at most 1000 bytes.', NULL)::crossbar._problem;
  END IF;
  RETURN NULL;
END
$$;

REVOKE ALL ON FUNCTION crossbar._check_call_pattern(text) FROM PUBLIC;
