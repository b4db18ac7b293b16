-- Returns the next row of a stream.
CREATE OR REPLACE FUNCTION crossbar.next_of_stream(id bigint, realm text)
RETURNS crossbar.answer
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RETURN crossbar.row_of_stream(crossbar.ask(realm, id, '["next",' || id || ']', begun => true));
END
$$;

REVOKE ALL ON FUNCTION crossbar.next_of_stream(bigint, text) FROM PUBLIC;
