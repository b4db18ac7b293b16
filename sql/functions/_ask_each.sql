-- Sends the request of many calls to the link of a Caller, and returns their answers in order. Waits and ends as crossbar._ask does.
CREATE OR REPLACE FUNCTION crossbar._ask_each(realm text, id bigint, request text)
RETURNS SETOF crossbar._answer
-- Without SET search_path: crossbar.call_each has set it.
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
AS $$
DECLARE
  connection CONSTANT text := 'crossbar' || coalesce(' ' || md5(realm), '');
  sent boolean := false;
  answer crossbar._answer;
  last text;
BEGIN
  -- To ask a connection whether it is busy makes it read what has come, also that the other side has closed it.
  IF (
    CASE WHEN connection = ANY (crossbar_dblink.dblink_get_connections())
      THEN crossbar_dblink.dblink_is_busy(connection) = 1 OR crossbar_dblink.dblink_error_message(connection) <> 'OK'
      ELSE true
    END
  ) THEN
    PERFORM crossbar._connect_to_caller(connection, realm, false);
  END IF;
  sent := true;
  LOOP
    FOR answer IN SELECT * FROM crossbar_dblink.dblink(connection, request) AS (kind text, payload text, args text, kwargs text) LOOP
      last := answer.kind;
      IF last NOT IN ('pending', 'moved') THEN
        RETURN NEXT answer;
      END IF;
    END LOOP;
    EXIT WHEN (last IN ('pending', 'moved')) IS NOT TRUE;
    IF last = 'pending' THEN
      request := '["wait",' || id || ']';
    ELSE
      sent := false;
      PERFORM crossbar._connect_to_caller(connection, realm, false);
      sent := true;
    END IF;
  END LOOP;
EXCEPTION
  WHEN query_canceled OR OTHERS THEN
    PERFORM crossbar._give_up(connection, sent, SQLSTATE, SQLERRM);
    RAISE;
END
$$;

REVOKE ALL ON FUNCTION crossbar._ask_each(text, bigint, text) FROM PUBLIC;
