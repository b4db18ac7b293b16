-- Checks whether the realm is unambiguous: if none is named, Callers of only one realm may be running. Returns the
-- problem, or NULL.
CREATE OR REPLACE FUNCTION crossbar._check_realm(realm text)
RETURNS crossbar._problem
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  realms text[];
BEGIN
  -- It takes longer to find out which of them are alive.
  IF realm IS NOT NULL OR (SELECT count(DISTINCT link.realm) < 2 FROM crossbar._link AS link) THEN
    RETURN NULL;
  END IF;
  -- Without this, a transaction sees the sessions as of its first access to the statistics.
  PERFORM pg_stat_clear_snapshot();
  realms := ARRAY(
    SELECT DISTINCT quote_literal(link.realm) FROM crossbar._link AS link
    WHERE crossbar._is_alive(link.process_id, link.backend_start) ORDER BY 1
  );
  IF cardinality(realms) < 2 THEN
    RETURN NULL;
  END IF;
  RETURN ('invalid_parameter_value', 'there are Callers for several realms',
    format('Name one of them in the option realm: %s.', array_to_string(realms, ', ')), NULL)::crossbar._problem;
END
$$;

REVOKE ALL ON FUNCTION crossbar._check_realm(text) FROM PUBLIC;
