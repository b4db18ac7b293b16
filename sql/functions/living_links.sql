-- The links of the Callers that run, of one realm, or of the only one. Raises where there are several and none is named.
CREATE OR REPLACE FUNCTION crossbar.living_links(realm text)
RETURNS SETOF crossbar.link
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  realms text[];
BEGIN
  -- Else a transaction sees the sessions that were there when it first asked.
  PERFORM pg_stat_clear_snapshot();
  RETURN QUERY
    SELECT link.* FROM crossbar.link JOIN pg_stat_activity AS session
      ON session.pid = link.process_id AND session.backend_start = link.backend_start
    WHERE link.realm = coalesce(living_links.realm, link.realm);
  realms := ARRAY(
    SELECT DISTINCT quote_literal(link.realm) FROM crossbar.link JOIN pg_stat_activity AS session
      ON session.pid = link.process_id AND session.backend_start = link.backend_start
    ORDER BY 1
  );
  IF realm IS NULL AND cardinality(realms) > 1 THEN
    RAISE EXCEPTION 'there are Callers for several realms'
      USING ERRCODE = 'invalid_parameter_value', HINT = format('Name one of them in the option realm: %s.', array_to_string(realms, ', '));
  END IF;
END
$$;

REVOKE ALL ON FUNCTION crossbar.living_links(text) FROM PUBLIC;
