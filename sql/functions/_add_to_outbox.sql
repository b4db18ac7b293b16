-- What delivery "outbox" emits: a row for each realm. Only a Publisher that sleeps is notified: NOTIFY makes commits wait for each other.
CREATE OR REPLACE FUNCTION crossbar._add_to_outbox(topic text, options jsonb, args jsonb, kwargs jsonb)
RETURNS bigint
-- SECURITY DEFINER: it is a part of crossbar.publish, which everybody may call, and the tables are nobody else's.
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  id bigint := crossbar._new_publication_id();
  encoded text := crossbar._content_of_publication(topic, options, args, kwargs);
  target record;
BEGIN
  IF getdatabaseencoding() = 'SQL_ASCII' THEN
    PERFORM convert_to(encoded, 'UTF8');
  END IF;
  -- A loop, which is a quarter of the price of INSERT ... SELECT.
  FOR target IN SELECT realm, waiting FROM crossbar.realm LOOP
    INSERT INTO crossbar.outbox (realm, lsn, id, content)
      VALUES (target.realm, pg_current_wal_insert_lsn(), id, encoded);
    IF target.waiting THEN
      PERFORM pg_notify('crossbar_outbox', '');
    END IF;
  END LOOP;
  RETURN id;
END
$$;
