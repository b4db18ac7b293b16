-- Sends a query to the link of a Caller, over this session's own connection to it, and waits for the answer: the link says every
-- tenth of a second that there is none yet, since before PostgreSQL 17 a session that waits in dblink cannot be canceled.
-- Whatever ends the waiting closes the connection, by which the link knows that nobody waits any more.
CREATE OR REPLACE FUNCTION crossbar.ask(realm text, id bigint, request text)
RETURNS crossbar.answer
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  connection CONSTANT text := 'crossbar' || coalesce(' ' || md5(realm), '');
  sent boolean := false;
  answer crossbar.answer;
BEGIN
  -- A session that is busy reads what has come, also the end of the connection.
  IF (
    CASE WHEN connection = ANY (crossbar_dblink.dblink_get_connections())
      THEN crossbar_dblink.dblink_is_busy(connection) = 1 OR crossbar_dblink.dblink_error_message(connection) <> 'OK'
      ELSE true
    END
  ) THEN
    PERFORM crossbar.connect_to_caller(connection, realm);
  END IF;
  sent := true;
  LOOP
    SELECT * INTO answer FROM crossbar_dblink.dblink(connection, request) AS (kind text, payload text, args text, kwargs text);
    EXIT WHEN answer.kind <> 'pending';
    request := '["wait",' || id || ']';
  END LOOP;
  RETURN answer;
EXCEPTION
  WHEN query_canceled OR OTHERS THEN
    PERFORM crossbar.give_up(connection, sent, SQLSTATE, SQLERRM);
    RAISE;
END
$$;

REVOKE ALL ON FUNCTION crossbar.ask(text, bigint, text) FROM PUBLIC;
