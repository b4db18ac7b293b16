-- Delivery "wal": a transactional logical message, which logical decoding sends in commit order and only if the transaction commits.
-- Decoding hands the bytes out as they are, so a database that is not UTF8 converts them.
DO $install$
BEGIN
  EXECUTE format($create$
    CREATE OR REPLACE FUNCTION crossbar.emit(id bigint, topic text, options jsonb, args jsonb, kwargs jsonb)
    RETURNS boolean
    -- Without SET search_path, so that it is inlined into crossbar.publish, which has one.
    LANGUAGE sql VOLATILE PARALLEL UNSAFE
    AS $function$
      SELECT pg_logical_emit_message(true, 'crossbar', %s) IS NOT NULL
    $function$
  $create$, CASE current_setting('server_encoding')
    WHEN 'UTF8' THEN 'crossbar.encode_publication(id, topic, options, args, kwargs)'
    ELSE 'convert_to(crossbar.encode_publication(id, topic, options, args, kwargs), ''UTF8'')'
  END);
END
$install$;

REVOKE ALL ON FUNCTION crossbar.emit(bigint, text, jsonb, jsonb, jsonb) FROM PUBLIC;
