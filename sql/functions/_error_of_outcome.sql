-- Converts an answer of the link to the error of a call. See crossbar._wamp_error.
CREATE OR REPLACE FUNCTION crossbar._error_of_outcome(answer crossbar._answer)
RETURNS crossbar._problem
LANGUAGE plpgsql VOLATILE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  args jsonb;
  kwargs jsonb;
BEGIN
  IF answer.kind = 'lost' THEN
    RETURN ('CB006', format('the router was lost after the call was sent: %s', answer.payload),
      'Whether the procedure was called is unknown. It was not called again.', NULL)::crossbar._problem;
  ELSIF answer.kind = 'refused' THEN
    RETURN (answer.args, answer.payload, answer.kwargs, NULL)::crossbar._problem;
  END IF;
  BEGIN
    args := coalesce(answer.args::jsonb, '[]');
    kwargs := coalesce(answer.kwargs::jsonb, '{}');
  EXCEPTION WHEN OTHERS THEN
    args := jsonb_build_array(format('the arguments of this error are not shown, because jsonb cannot hold them: %s', SQLERRM));
    kwargs := '{}';
  END;
  RETURN crossbar._wamp_error(crossbar._sqlstate_of_outcome(answer.payload, args ->> 0), answer.payload, args, kwargs);
END
$$;

REVOKE ALL ON FUNCTION crossbar._error_of_outcome(crossbar._answer) FROM PUBLIC;
