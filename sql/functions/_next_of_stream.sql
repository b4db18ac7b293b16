-- Returns the next row of a stream.
CREATE OR REPLACE FUNCTION crossbar._next_of_stream(id bigint, realm text)
RETURNS crossbar._answer
-- Without SET search_path: crossbar.call_stream has set it.
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
AS $$
DECLARE
  answer CONSTANT crossbar._answer := crossbar._ask(realm, id, '["next",' || id || ']', begun => true);
  problem crossbar._problem;
BEGIN
  IF answer.kind NOT IN ('progress', 'end') THEN
    problem := crossbar._error_of_outcome(answer);
  END IF;
  IF problem.detail IS NOT NULL THEN
    RAISE EXCEPTION USING ERRCODE = problem.condition, MESSAGE = problem.message, DETAIL = problem.detail;
  ELSIF problem.condition IS NOT NULL THEN
    RAISE EXCEPTION USING ERRCODE = problem.condition, MESSAGE = problem.message, HINT = problem.hint;
  END IF;
  RETURN answer;
END
$$;

REVOKE ALL ON FUNCTION crossbar._next_of_stream(bigint, text) FROM PUBLIC;
