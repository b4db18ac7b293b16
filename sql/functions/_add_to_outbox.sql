-- Adds the content of a publication to the outbox: a row for each realm. Only a Publisher that sleeps is notified: NOTIFY makes commits wait for
-- each other.
CREATE OR REPLACE FUNCTION crossbar._add_to_outbox(content text)
RETURNS bigint
-- SECURITY DEFINER: it is a part of crossbar.publish, which everybody may call, and the tables are nobody else's.
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  id bigint := crossbar._new_publication_id();
BEGIN
  -- One statement, because PL/pgSQL prepares each one anew in every transaction. Its expressions hold no immutable function of the content, for
  -- which PostgreSQL would plan it anew for every call.
  INSERT INTO crossbar.outbox (realm, lsn, id, content)
  SELECT realm, pg_current_wal_insert_lsn(), id, content FROM crossbar.realm
  WHERE CASE WHEN waiting THEN pg_notify('crossbar_outbox', '') IS NOT NULL ELSE true END;
  RETURN id;
END
$$;
