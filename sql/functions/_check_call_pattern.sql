-- Raises unless pattern is one of crossbar.grant_call.
CREATE OR REPLACE FUNCTION crossbar._check_call_pattern(pattern text)
RETURNS void
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF (pattern ~ '^([^[:space:].#]*[.])*[^[:space:].#]*$' AND pattern <> '' AND octet_length(pattern) <= 1000) IS NOT TRUE THEN
    RAISE EXCEPTION 'pattern of procedures is not valid: %', coalesce(quote_literal(left(pattern, 1000)), 'NULL')
      USING ERRCODE = 'invalid_parameter_value',
        HINT = 'A pattern is a URI (''com.example.add2''), a prefix that ends with "*" (''com.example.*''), or a URI with empty parts, '
          'each of which stands for any one part (''com..status''). It has at most 1000 bytes.';
  END IF;
END
$$;

REVOKE ALL ON FUNCTION crossbar._check_call_pattern(text) FROM PUBLIC;
