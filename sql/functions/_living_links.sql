-- Returns the links of the running Callers, of one realm or of all.
CREATE OR REPLACE FUNCTION crossbar._living_links(realm text)
RETURNS SETOF crossbar._link
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  -- Without this, a transaction sees the sessions as of its first access to the statistics.
  PERFORM pg_stat_clear_snapshot();
  RETURN QUERY
    SELECT link.* FROM crossbar._link AS link
    WHERE link.realm = coalesce(_living_links.realm, link.realm) AND crossbar._is_alive(link.process_id, link.backend_start);
END
$$;

REVOKE ALL ON FUNCTION crossbar._living_links(text) FROM PUBLIC;
