-- needs: _content_of_publication
-- Delivery "wal": a transactional logical message, which logical decoding sends in commit order and only if the transaction commits.
-- Its number is its place in the write-ahead log, which comes with the message.
-- Decoding hands the bytes out as they are, so a database that is not UTF8 converts them.
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
