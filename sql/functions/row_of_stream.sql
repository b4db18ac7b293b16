-- Returns an answer that is a row of a stream, or its end; raises what the call ended with where it is another.
CREATE OR REPLACE FUNCTION crossbar.row_of_stream(answer crossbar.answer)
RETURNS crossbar.answer
-- Without SET search_path: crossbar.call_stream has set it.
LANGUAGE plpgsql VOLATILE PARALLEL SAFE
AS $$
BEGIN
  IF answer.kind NOT IN ('progress', 'end') THEN
    PERFORM crossbar.raise_outcome(answer);
  END IF;
  RETURN answer;
END
$$;

REVOKE ALL ON FUNCTION crossbar.row_of_stream(crossbar.answer) FROM PUBLIC;
