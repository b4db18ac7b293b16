-- Returns an answer that is a row of a stream, or its end; raises what the call ended with where it is another.
CREATE OR REPLACE FUNCTION crossbar._row_of_stream(answer crossbar._answer)
RETURNS crossbar._answer
-- Without SET search_path: crossbar.call_stream has set it.
LANGUAGE plpgsql VOLATILE PARALLEL SAFE
AS $$
BEGIN
  IF answer.kind NOT IN ('progress', 'end') THEN
    PERFORM crossbar._raise_outcome(answer);
  END IF;
  RETURN answer;
END
$$;

REVOKE ALL ON FUNCTION crossbar._row_of_stream(crossbar._answer) FROM PUBLIC;
