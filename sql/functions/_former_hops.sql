-- Returns the entries of the setting crossbar.forward_for as JSON text, each followed by a comma.
CREATE OR REPLACE FUNCTION crossbar._former_hops()
RETURNS text
LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  hops CONSTANT jsonb := current_setting('crossbar.forward_for');
BEGIN
  IF jsonb_typeof(hops) <> 'array' OR jsonb_path_exists(hops, 'strict $[*] ? (@.type() != "object")') THEN
    RAISE EXCEPTION 'the setting crossbar.forward_for is %', hops
      USING ERRCODE = 'invalid_parameter_value', HINT = 'It is a JSON array of objects. A Callee sets it; leave it alone.';
  END IF;
  RETURN coalesce((SELECT string_agg(hop::text || ',', '' ORDER BY place) FROM jsonb_array_elements(hops) WITH ORDINALITY AS former (hop, place)), '');
END
$$;

REVOKE ALL ON FUNCTION crossbar._former_hops() FROM PUBLIC;
