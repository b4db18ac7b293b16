-- Delivery "wal", autonomous: a logical message that does not belong to the transaction.
CREATE OR REPLACE FUNCTION crossbar.emit_autonomous(id bigint, topic text, options jsonb, args jsonb, kwargs jsonb)
RETURNS boolean
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  -- Only WAL that is flushed is decoded. A transaction with an id has its end flushed soon, also if it rolls back; the Publisher's
  -- heartbeat flushes what a transaction that stays open has written.
  PERFORM pg_current_xact_id();
  RETURN pg_logical_emit_message(false, 'crossbar',
    convert_to(crossbar.encode_publication(id, topic, options, args, kwargs), 'UTF8')) IS NOT NULL;
END
$$;

REVOKE ALL ON FUNCTION crossbar.emit_autonomous(bigint, text, jsonb, jsonb, jsonb) FROM PUBLIC;
