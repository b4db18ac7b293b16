-- Whether a JSON value is an integer within given limits.
CREATE OR REPLACE FUNCTION crossbar._is_integer(value jsonb, lowest integer, highest integer)
RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
SELECT jsonb_typeof(value) = 'number'
  AND jsonb_path_exists(value, 'strict $ ? (@ >= $lowest && @ <= $highest && @ == @.floor())', jsonb_build_object('lowest', lowest, 'highest', highest))
$$;

REVOKE ALL ON FUNCTION crossbar._is_integer(jsonb, integer, integer) FROM PUBLIC;
