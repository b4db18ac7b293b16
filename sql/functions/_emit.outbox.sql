-- needs: _add_to_outbox, _content_of_publication
-- Delivery "outbox". A function that is replaced while others call it must keep its language: a session may have looked
-- up the former function and then read the body of the new one.
-- A database with the encoding SQL_ASCII accepts invalid UTF-8, for which this conversion raises an error.
DO $install$
BEGIN
  EXECUTE format($create$
    CREATE OR REPLACE FUNCTION crossbar._emit(topic text, options jsonb, args jsonb, kwargs jsonb)
    RETURNS bigint
    -- Without SET search_path, so that it is inlined into crossbar.publish.
    LANGUAGE sql VOLATILE PARALLEL UNSAFE
    RETURN crossbar._add_to_outbox(%s)
  $create$, CASE current_setting('server_encoding')
    WHEN 'SQL_ASCII' THEN
      'convert_from(convert_to(crossbar._content_of_publication(topic, options, args, kwargs), ''UTF8''), ''UTF8'')'
    ELSE 'crossbar._content_of_publication(topic, options, args, kwargs)'
  END);
END
$install$;
