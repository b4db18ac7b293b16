-- Delivery "outbox": a row for each realm. Only a Publisher that sleeps is notified: NOTIFY makes commits wait for each other.
CREATE OR REPLACE FUNCTION crossbar.emit(id bigint, topic text, options jsonb, args jsonb, kwargs jsonb)
RETURNS boolean
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  awaited boolean;
BEGIN
  WITH emitted AS (
    INSERT INTO crossbar.outbox (realm, lsn, id, content)
    SELECT realm.realm, pg_current_wal_insert_lsn(), emit.id, crossbar.encode_publication(emit.id, emit.topic, emit.options, emit.args, emit.kwargs)
    FROM crossbar.realm
  )
  SELECT bool_or(waiting) INTO awaited FROM crossbar.realm;
  IF awaited THEN
    PERFORM pg_notify('crossbar_outbox', '');
  END IF;
  RETURN true;
END
$$;

REVOKE ALL ON FUNCTION crossbar.emit(bigint, text, jsonb, jsonb, jsonb) FROM PUBLIC;
