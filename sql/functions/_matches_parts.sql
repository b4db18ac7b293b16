-- Whether a URI has the parts of a pattern. An empty part of the pattern matches any one part.
CREATE OR REPLACE FUNCTION crossbar._matches_parts(uri text, pattern text)
RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
SELECT NOT EXISTS (
  SELECT FROM unnest(string_to_array(uri, '.'), string_to_array(pattern, '.')) AS part (given, wanted)
  WHERE given IS NULL OR wanted IS NULL OR wanted NOT IN ('', given)
)
$$;

REVOKE ALL ON FUNCTION crossbar._matches_parts(text, text) FROM PUBLIC;
