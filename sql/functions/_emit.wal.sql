-- needs: _content_of_publication
-- Delivery "wal": emits a transactional logical message. Logical decoding sends it in commit order, and only if the
-- transaction commits.
-- The number of the publication is its position in the write-ahead log, which is part of the message.
-- Decoding sends the bytes unchanged, so a database with another encoding converts them to UTF-8.
DO $install$
BEGIN
  EXECUTE format($create$
    CREATE OR REPLACE FUNCTION crossbar._emit(topic text, options jsonb, args jsonb, kwargs jsonb)
    RETURNS bigint
    -- Without SET search_path, so that it is inlined into crossbar.publish.
    LANGUAGE sql VOLATILE PARALLEL UNSAFE
    RETURN (pg_logical_emit_message(true, 'crossbar', %s) - '0/0'::pg_lsn)::bigint
  $create$, CASE current_setting('server_encoding')
    WHEN 'UTF8' THEN 'crossbar._content_of_publication(topic, options, args, kwargs)'
    ELSE 'convert_to(crossbar._content_of_publication(topic, options, args, kwargs), ''UTF8'')'
  END);
END
$install$;
