-- Returns the next row of a stream.
CREATE OR REPLACE FUNCTION crossbar._next_of_stream(id bigint, realm text)
RETURNS crossbar._answer
-- Without SET search_path: crossbar.call_stream has set it.
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
AS $$
BEGIN
  RETURN crossbar._row_of_stream(crossbar._ask(realm, id, '["next",' || id || ']', begun => true));
END
$$;

REVOKE ALL ON FUNCTION crossbar._next_of_stream(bigint, text) FROM PUBLIC;
