-- Calls a WAMP procedure many times, with one args and one kwargs each, and returns a row for each call, in order: its result as crossbar.call
-- returns it, or its error. Many calls are under way together; a thousand of them go to the Caller in one message.
CREATE OR REPLACE FUNCTION crossbar.call_each(
  procedure text,
  args jsonb[],
  kwargs jsonb[] DEFAULT NULL,
  options jsonb DEFAULT NULL
)
RETURNS TABLE (ordinality bigint, result jsonb, error jsonb)
-- SECURITY DEFINER: as crossbar.call.
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  realm CONSTANT text := options ->> 'realm';
  raises CONSTANT boolean := coalesce(options ->> 'on_error', 'row') = 'raise';
  calls CONSTANT integer := coalesce(cardinality(args), 0);
  id bigint;
  head text;
  item record;
  answer crossbar._answer;
  lines text[] := '{}';
  size integer := 0;
  problem crossbar._problem := coalesce(crossbar._check_call('call_each', procedure, NULL, NULL, options),
    crossbar._check_call_permission(procedure));
BEGIN
  IF problem.condition IS NOT NULL THEN
    RAISE EXCEPTION USING ERRCODE = problem.condition, MESSAGE = problem.message, HINT = problem.hint;
  END IF;
  IF args IS NULL OR cardinality(kwargs) <> calls THEN
    RAISE EXCEPTION 'args has % elements, and kwargs %', CASE WHEN args IS NULL THEN 'no' ELSE calls::text END, coalesce(cardinality(kwargs)::text, 'none')
      USING ERRCODE = 'invalid_parameter_value', HINT = 'There is one element of args, and of kwargs unless it is NULL, for each call; an element may be NULL.';
  END IF;
  head := format('%s,%s,%s]', to_json(procedure), '{"timeout":30000}'::jsonb || coalesce(options, '{}') - 'realm', crossbar._call_identity());
  ordinality := 0;
  FOR item IN SELECT call.args, call.kwargs, call.place FROM unnest(args, kwargs) WITH ORDINALITY AS call (args, kwargs, place) LOOP
    IF jsonb_typeof(item.args) <> 'array' OR jsonb_typeof(item.kwargs) <> 'object' THEN
      problem := crossbar._check_payload(item.args, item.kwargs);
      RAISE EXCEPTION USING ERRCODE = problem.condition, MESSAGE = problem.message, HINT = problem.hint;
    END IF;
    lines := lines || coalesce(item.args::text, '') || coalesce(item.kwargs::text, '');
    size := size + coalesce(octet_length(lines[cardinality(lines) - 1]), 0) + coalesce(octet_length(lines[cardinality(lines)]), 0);
    CONTINUE WHEN item.place < calls AND cardinality(lines) < 2000 AND size < 1048576;
    IF getdatabaseencoding() = 'SQL_ASCII' THEN
      problem := crossbar._check_utf8(array_to_string(lines, ' '));
      IF problem.condition IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = problem.condition, MESSAGE = problem.message, HINT = problem.hint;
      END IF;
    END IF;
    id := crossbar._new_publication_id();
    FOR answer IN SELECT * FROM crossbar._ask_each(realm, id, '["each",' || id || ',' || head || E'\n' || array_to_string(lines, E'\n')) LOOP
      ordinality := ordinality + 1;
      result := NULL;
      error := NULL;
      IF answer.kind = 'result' THEN
        result := answer.payload::jsonb;
      ELSIF raises THEN
        problem := crossbar._error_of_outcome(answer);
        IF problem.detail IS NOT NULL THEN
          RAISE EXCEPTION USING ERRCODE = problem.condition, MESSAGE = problem.message, DETAIL = problem.detail;
        END IF;
        RAISE EXCEPTION USING ERRCODE = problem.condition, MESSAGE = problem.message, HINT = problem.hint;
      ELSE
        error := crossbar._error_of_answer(answer);
      END IF;
      RETURN NEXT;
    END LOOP;
    lines := '{}';
    size := 0;
  END LOOP;
END
$$;

COMMENT ON FUNCTION crossbar.call_each(text, jsonb[], jsonb[], jsonb) IS
  'Calls a WAMP procedure once for each element of args, many calls at a time, and returns a row for each, in order: its result, or its error.';
