-- Whether a URI is one of those that a pattern stands for, as in crossbar.check_pattern.
CREATE OR REPLACE FUNCTION crossbar.matches(uri text, pattern text, match text)
RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
SELECT CASE match
  WHEN 'exact' THEN uri = pattern
  WHEN 'prefix' THEN starts_with(uri, pattern)
  ELSE NOT EXISTS (
    -- Of no part at all an array is empty, therefore one more.
    SELECT FROM unnest(string_to_array(uri || '.', '.'), string_to_array(pattern || '.', '.')) AS part (given, wanted)
    WHERE given IS NULL OR wanted IS NULL OR wanted NOT IN ('', given)
  )
END
$$;

REVOKE ALL ON FUNCTION crossbar.matches(text, text, text) FROM PUBLIC;
