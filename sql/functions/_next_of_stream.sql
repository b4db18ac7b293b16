-- Returns the next row of a stream. PostgreSQL does not allow raising an error in crossbar.call_stream itself, so the
-- CONTEXT of an error contains this function.
-- begun: whether the Caller already knows the stream.
CREATE OR REPLACE FUNCTION crossbar._next_of_stream(id bigint, realm text, request text, begun boolean)
RETURNS crossbar._answer
-- Without SET search_path: crossbar.call_stream has set it.
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
AS $$
DECLARE
  outcome CONSTANT record := crossbar._ask(realm, id, request, begun);
  problem CONSTANT crossbar._problem := outcome.problem;
BEGIN
  IF problem.condition IS NULL THEN
    RETURN outcome.answer;
  END IF;
  IF problem.detail IS NULL THEN
    RAISE EXCEPTION USING ERRCODE = problem.condition, MESSAGE = problem.message, HINT = problem.hint;
  ELSIF problem.hint IS NULL THEN
    RAISE EXCEPTION USING ERRCODE = problem.condition, MESSAGE = problem.message, DETAIL = problem.detail;
  END IF;
  RAISE EXCEPTION USING ERRCODE = problem.condition, MESSAGE = problem.message, DETAIL = problem.detail, HINT = problem.hint;
END
$$;

REVOKE ALL ON FUNCTION crossbar._next_of_stream(bigint, text, text, boolean) FROM PUBLIC;
