-- Autonomous publications of delivery "wal": a logical message that does not belong to the transaction.
-- Only flushed WAL is decoded. PostgreSQL flushes such a message itself since version 17. In earlier versions, a
-- transaction with an id is flushed soon after its end, also after a rollback. While it stays open, the lag monitor of
-- the Publisher flushes.
DO $install$
BEGIN
  EXECUTE format($create$
    CREATE OR REPLACE FUNCTION crossbar._emit_autonomous(topic text, options jsonb, args jsonb, kwargs jsonb)
    RETURNS bigint
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
    AS $function$
    BEGIN
      PERFORM pg_current_xact_id();
      RETURN pg_logical_emit_message(false, 'crossbar',
        convert_to(crossbar._content_of_publication(topic, options, args, kwargs), 'UTF8')%s) - '0/0'::pg_lsn;
    END
    $function$
  $create$, CASE WHEN current_setting('server_version_num')::integer >= 170000 THEN ', flush => true' ELSE '' END);
END
$install$;

REVOKE ALL ON FUNCTION crossbar._emit_autonomous(text, jsonb, jsonb, jsonb) FROM PUBLIC;
