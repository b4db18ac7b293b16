-- Delivery "wal", autonomous: a logical message that does not belong to the transaction.
-- Only WAL that is flushed is decoded. PostgreSQL flushes such a message itself from version 17 on. Before, a transaction that has
-- an id has its end flushed soon, also if it rolls back; and while it stays open, the Publisher's pulse flushes.
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
