-- Calls a WAMP procedure once for each element of args and kwargs, and returns a row for each call, in order: its
-- result as crossbar.call returns it, or its error. Many calls run concurrently. They are sent to the Caller by the
-- megabyte, and their outcomes arrive by the thousand while others are running.
CREATE OR REPLACE FUNCTION crossbar.call_each(
  procedure text,
  args jsonb[],
  kwargs jsonb[] DEFAULT NULL,
  options jsonb DEFAULT NULL
)
RETURNS TABLE (ordinality bigint, result jsonb, error jsonb)
-- SECURITY DEFINER: as for crossbar.call.
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  realm CONSTANT text := options ->> 'realm';
  connection CONSTANT text := 'crossbar' || coalesce(' ' || md5(realm), '');
  raises CONSTANT boolean := coalesce(options ->> 'on_error', 'row') = 'raise';
  calls CONSTANT integer := coalesce(cardinality(args), 0);
  id bigint;
  head text;
  item record;
  lines text[] := '{}';
  size integer := 0;
  request text;
  sent boolean;
  answer crossbar._answer;
  last text;
  problem crossbar._problem := coalesce(crossbar._check_call('call_each', procedure COLLATE "default", NULL, NULL, options),
    crossbar._check_call_permission(procedure COLLATE "default"));
BEGIN
  <<calling>>
  BEGIN
    EXIT calling WHEN problem.condition IS NOT NULL;
    IF args IS NULL OR cardinality(kwargs) <> calls THEN
      RAISE EXCEPTION 'args has % elements, and kwargs %', CASE WHEN args IS NULL THEN 'no' ELSE calls::text END, coalesce(cardinality(kwargs)::text, 'none')
        USING ERRCODE = 'invalid_parameter_value', HINT = 'args, and kwargs unless it is NULL, must have one element for each call. An element may be NULL.';
    END IF;
    FOR item IN
      SELECT call.args, call.kwargs, call.place FROM unnest(args, kwargs) WITH ORDINALITY AS call (args, kwargs, place)
      WHERE jsonb_typeof(call.args) <> 'array' OR jsonb_typeof(call.kwargs) <> 'object' LIMIT 1
    LOOP
      problem := crossbar._check_payload(item.args, item.kwargs);
      problem.message := format('call %s: %s', item.place, problem.message);
      EXIT calling;
    END LOOP;
    head := format('%s,%s,%s]', to_json(procedure), '{"timeout":30000}'::jsonb || coalesce(options, '{}') - 'realm', crossbar._call_identity());
    ordinality := 0;
    FOR item IN
      SELECT coalesce(call.args::text, '') || E'\n' || coalesce(call.kwargs::text, '') AS lines, call.place
      FROM unnest(args, kwargs) WITH ORDINALITY AS call (args, kwargs, place)
    LOOP
      lines := lines || item.lines;
      -- This includes the memory of the Caller for a call besides its arguments.
      size := size + octet_length(item.lines) + 100;
      CONTINUE WHEN item.place < calls AND size < 1048576;
      id := crossbar._new_publication_id();
      request := '["each",' || id || ',' || head || E'\n' || array_to_string(lines, E'\n');
      problem := crossbar._check_utf8(request);
      EXIT calling WHEN problem.condition IS NOT NULL;
      sent := false;
      BEGIN
        -- As in crossbar._ask.
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
            EXIT WHEN last IN ('pending', 'moved') OR (raises AND last <> 'result');
            ordinality := ordinality + 1;
            result := CASE WHEN last = 'result' THEN answer.payload::jsonb END;
            error := CASE WHEN last <> 'result' THEN crossbar._error_of_answer(answer) END;
            RETURN NEXT;
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
          GET STACKED DIAGNOSTICS problem.condition = RETURNED_SQLSTATE, problem.message = MESSAGE_TEXT,
            problem.hint = PG_EXCEPTION_HINT, problem.detail = PG_EXCEPTION_DETAIL;
          problem := crossbar._give_up(connection, sent, problem);
      END;
      IF raises AND last <> 'result' AND problem.condition IS NULL THEN
        problem := crossbar._error_of_outcome(answer);
      END IF;
      EXIT calling WHEN problem.condition IS NOT NULL;
      lines := '{}';
      size := 0;
    END LOOP;
    RETURN;
  END;
  IF problem.detail IS NULL THEN
    RAISE EXCEPTION USING ERRCODE = problem.condition, MESSAGE = problem.message, HINT = problem.hint;
  ELSIF problem.hint IS NULL THEN
    RAISE EXCEPTION USING ERRCODE = problem.condition, MESSAGE = problem.message, DETAIL = problem.detail;
  END IF;
  RAISE EXCEPTION USING ERRCODE = problem.condition, MESSAGE = problem.message, DETAIL = problem.detail, HINT = problem.hint;
END
$$;

COMMENT ON FUNCTION crossbar.call_each(text, jsonb[], jsonb[], jsonb) IS
  'Calls a WAMP procedure once for each element of args, with many concurrent calls. Returns a row for each call, in order, with its result or its error.

Options:
timeout (integer): milliseconds for each call; 0 for no limit. Default 30000
concurrency (1 to 1000): calls that run at the same time. Default 64
on_error (string): row (default), or raise: raise the first error and stop
disclose_me (boolean): ask the router to tell the callee the session of the Caller
realm (string): the realm, if there are Callers of several. Otherwise the session keeps the realm of its first call';
