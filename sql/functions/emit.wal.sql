-- Delivery "wal": a transactional logical message, which logical decoding sends in commit order and only if the transaction commits.
-- UTF8 because decoding hands the bytes out as they are, in whatever encoding the database has.
CREATE OR REPLACE FUNCTION crossbar.emit(id bigint, topic text, options jsonb, args jsonb, kwargs jsonb)
RETURNS boolean
-- Without SET search_path, so that it is inlined into crossbar.publish, which has one.
LANGUAGE sql VOLATILE PARALLEL UNSAFE
AS $$
  SELECT pg_logical_emit_message(true, 'crossbar',
    convert_to(crossbar.encode_publication(id, topic, options, args, kwargs), 'UTF8')) IS NOT NULL
$$;

REVOKE ALL ON FUNCTION crossbar.emit(bigint, text, jsonb, jsonb, jsonb) FROM PUBLIC;
