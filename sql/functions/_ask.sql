-- Sends a query to the link of a Caller, over this session's own connection, and waits for the answer. The link answers
-- every tenth of a second, even if there is no result, because before PostgreSQL 17 a session that waits in dblink
-- cannot be canceled.
-- Returns the answer or a problem. Anything that ends the wait closes the connection, so that the link knows that the
-- call has no receiver any more.
-- begun: the query continues an earlier call, which only the same connection knows.
CREATE OR REPLACE FUNCTION crossbar._ask(
  realm text, id bigint, request text, begun boolean DEFAULT false, OUT answer crossbar._answer, OUT problem crossbar._problem
)
-- Without SET search_path, which would be set a second time: all callers have set it.
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
AS $$
DECLARE
  connection CONSTANT text := 'crossbar' || coalesce(' ' || md5(realm), '');
  sent boolean := begun;
BEGIN
  -- Checking whether a connection is busy makes libpq read incoming data, and notice that the remote end has closed it.
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
      -- The Caller is about to stop and has not made the call.
      sent := begun;
      PERFORM crossbar._connect_to_caller(connection, realm, begun);
      sent := true;
    END IF;
  END LOOP;
  IF (answer.kind IN ('result', 'progress', 'end')) IS NOT TRUE THEN
    problem := crossbar._error_of_outcome(answer);
  END IF;
EXCEPTION
  WHEN query_canceled OR OTHERS THEN
    GET STACKED DIAGNOSTICS problem.condition = RETURNED_SQLSTATE, problem.message = MESSAGE_TEXT,
      problem.hint = PG_EXCEPTION_HINT, problem.detail = PG_EXCEPTION_DETAIL;
    problem := crossbar._give_up(connection, sent, problem);
END
$$;

REVOKE ALL ON FUNCTION crossbar._ask(text, bigint, text, boolean) FROM PUBLIC;
