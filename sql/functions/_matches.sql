-- needs: _matches_parts
-- Whether a URI matches a pattern of crossbar.grant_call.
CREATE OR REPLACE FUNCTION crossbar._matches(uri text, pattern text)
RETURNS boolean
-- Without SET search_path, so that it is inlined into crossbar._check_call_permission. The body is bound when the function is created.
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
  WHEN pattern = uri THEN true
  WHEN pattern LIKE '%*' THEN starts_with(uri, left(pattern, -1))
  WHEN '.' || pattern || '.' LIKE '%..%' THEN crossbar._matches_parts(uri, pattern)
  ELSE false
END;

REVOKE ALL ON FUNCTION crossbar._matches(text, text) FROM PUBLIC;
