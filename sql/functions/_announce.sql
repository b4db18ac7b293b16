-- Emits a publication with delivery "notify": as a NOTIFY with the number of the publication as its first line. A
-- Publisher that is not listening at that moment misses it.
CREATE OR REPLACE FUNCTION crossbar._announce(topic text, options jsonb, args jsonb, kwargs jsonb)
RETURNS bigint
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  id bigint := crossbar._new_publication_id();
  content text := id || E'\n' || crossbar._content_of_publication(topic, options, args, kwargs);
BEGIN
  IF getdatabaseencoding() = 'SQL_ASCII' THEN
    PERFORM convert_to(content, 'UTF8');
  END IF;
  -- https://www.postgresql.org/docs/current/sql-notify.html
  IF octet_length(content) > 7999 THEN
    RAISE EXCEPTION 'publication of % bytes is too large for delivery "notify", which takes 7999', octet_length(content)
      USING ERRCODE = 'program_limit_exceeded', HINT = 'Use delivery "wal" or "outbox".';
  END IF;
  PERFORM pg_notify('crossbar', content);
  RETURN id;
END
$$;
