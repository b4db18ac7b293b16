-- Sends a query to the link of a Caller, over this session's own connection to it, and waits for the answer: the link says every
-- tenth of a second that there is none yet, since before PostgreSQL 17 a session that waits in dblink cannot be canceled.
-- Whatever ends the waiting closes the connection, by which the link knows that nobody waits any more.
-- begun: the query is about a call of before, which only the same connection knows.
CREATE OR REPLACE FUNCTION crossbar._ask(realm text, id bigint, request text, begun boolean DEFAULT false)
RETURNS crossbar._answer
-- Without SET search_path, which would be set a second time: whoever calls it has set it.
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
AS $$
DECLARE
  connection CONSTANT text := 'crossbar' || coalesce(' ' || md5(realm), '');
  sent boolean := begun;
  answer crossbar._answer;
BEGIN
  -- To ask a connection whether it is busy makes it read what has come, also that the other side has closed it.
  IF (
    CASE WHEN connection = ANY (crossbar_dblink.dblink_get_connections())
      THEN crossbar_dblink.dblink_is_busy(connection) = 1 OR crossbar_dblink.dblink_error_message(connection) <> 'OK'
      ELSE true
    END
  ) THEN
    PERFORM crossbar._connect_to_caller(connection, realm, begun);
  END IF;
  sent := true;
  LOOP
    SELECT * INTO answer FROM crossbar_dblink.dblink(connection, request) AS (kind text, payload text, args text, kwargs text);
    EXIT WHEN (answer.kind IN ('pending', 'moved')) IS NOT TRUE;
    IF answer.kind = 'pending' THEN
      request := '["wait",' || id || ']';
    ELSE
      -- The Caller is about to stop, and has not made the call.
      sent := begun;
      PERFORM crossbar._connect_to_caller(connection, realm, begun);
      sent := true;
    END IF;
  END LOOP;
  RETURN answer;
EXCEPTION
  WHEN query_canceled OR OTHERS THEN
    PERFORM crossbar._give_up(connection, sent, SQLSTATE, SQLERRM);
    RAISE;
END
$$;

REVOKE ALL ON FUNCTION crossbar._ask(text, bigint, text, boolean) FROM PUBLIC;
