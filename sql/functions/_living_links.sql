-- The links of the Callers that run, of one realm or of all.
CREATE OR REPLACE FUNCTION crossbar._living_links(realm text)
RETURNS SETOF crossbar._link
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  -- Otherwise a transaction sees the sessions that were there when it first asked.
  PERFORM pg_stat_clear_snapshot();
  RETURN QUERY
    SELECT link.* FROM crossbar._link AS link
    WHERE link.realm = coalesce(_living_links.realm, link.realm) AND crossbar._is_alive(link.process_id, link.backend_start);
END
$$;

REVOKE ALL ON FUNCTION crossbar._living_links(text) FROM PUBLIC;
