-- Adds the content of a publication to the outbox, with a row for each realm. Only a waiting Publisher is notified,
-- because NOTIFY makes commits wait for each other.
CREATE OR REPLACE FUNCTION crossbar._add_to_outbox(content text)
RETURNS bigint
-- SECURITY DEFINER: this is a part of crossbar.publish, which PUBLIC may call, and callers have no privileges on the
-- tables. The fixed search_path costs less than a microsecond, and keeps the plan when the session changes its own.
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  id bigint := crossbar._new_publication_id();
BEGIN
  -- This is a single statement, because a second one would start the executor again.
  INSERT INTO crossbar.outbox (realm, lsn, id, content)
  SELECT realm, pg_current_wal_insert_lsn(), id, content FROM crossbar.realm
  WHERE CASE WHEN waiting THEN pg_notify('crossbar_outbox', '') IS NOT NULL ELSE true END;
  RETURN id;
END
$$;
