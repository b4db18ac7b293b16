-- Delivery "notify": the publication is the NOTIFY. Who does not listen at that moment misses it.
CREATE OR REPLACE FUNCTION crossbar.emit(id bigint, topic text, options jsonb, args jsonb, kwargs jsonb)
RETURNS boolean
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  content text := crossbar.encode_publication(id, topic, options, args, kwargs);
BEGIN
  -- https://www.postgresql.org/docs/current/sql-notify.html
  IF octet_length(content) > 7999 THEN
    RAISE EXCEPTION 'publication of % bytes is too large for delivery "notify", which takes 7999', octet_length(content)
      USING ERRCODE = 'program_limit_exceeded', HINT = 'Use delivery "wal" or "outbox".';
  END IF;
  PERFORM pg_notify('crossbar', content);
  RETURN true;
END
$$;

REVOKE ALL ON FUNCTION crossbar.emit(bigint, text, jsonb, jsonb, jsonb) FROM PUBLIC;
