-- The links of the Callers that run, of one realm, or of the only one. Raises where there are several and none is named.
CREATE OR REPLACE FUNCTION crossbar._living_links(realm text)
RETURNS SETOF crossbar._link
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  realms text[];
BEGIN
  -- Otherwise a transaction sees the sessions that were there when it first asked.
  PERFORM pg_stat_clear_snapshot();
  RETURN QUERY
    SELECT link.* FROM crossbar._link AS link
    WHERE link.realm = coalesce(_living_links.realm, link.realm) AND crossbar._is_alive(link.process_id, link.backend_start);
  realms := ARRAY(
    SELECT DISTINCT quote_literal(link.realm) FROM crossbar._link AS link
    WHERE crossbar._is_alive(link.process_id, link.backend_start) ORDER BY 1
  );
  IF realm IS NULL AND cardinality(realms) > 1 THEN
    RAISE EXCEPTION 'there are Callers for several realms'
      USING ERRCODE = 'invalid_parameter_value', HINT = format('Name one of them in the option realm: %s.', array_to_string(realms, ', '));
  END IF;
END
$$;

REVOKE ALL ON FUNCTION crossbar._living_links(text) FROM PUBLIC;
