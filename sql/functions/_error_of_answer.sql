-- Converts an answer of the link other than a result to the error of crossbar.call_each: a WAMP error as in the detail
-- of crossbar.raise.
CREATE OR REPLACE FUNCTION crossbar._error_of_answer(answer crossbar._answer)
RETURNS jsonb
-- Without SET search_path: crossbar.call_each has set it.
LANGUAGE plpgsql STABLE PARALLEL SAFE
AS $$
BEGIN
  IF answer.kind = 'lost' THEN
    RETURN jsonb_build_object('error', 'wamp.error.unavailable', 'kwargs', '{"sqlstate": "CB006"}'::jsonb,
      'args', jsonb_build_array('the router was lost after the call was sent: ' || answer.payload));
  ELSIF answer.kind = 'refused' THEN
    RETURN jsonb_build_object('error', 'wamp.error.invalid_argument', 'args', jsonb_build_array(answer.payload),
      'kwargs', jsonb_build_object('sqlstate', answer.args, 'hint', answer.kwargs));
  END IF;
  RETURN jsonb_build_object('error', answer.payload, 'args', coalesce(answer.args::jsonb, '[]'), 'kwargs', coalesce(answer.kwargs::jsonb, '{}'));
EXCEPTION WHEN OTHERS THEN
  RETURN jsonb_build_object('error', answer.payload, 'kwargs', '{}'::jsonb, 'args',
    jsonb_build_array(format('the arguments of this error are not shown, because jsonb cannot hold them: %s', SQLERRM)));
END
$$;

REVOKE ALL ON FUNCTION crossbar._error_of_answer(crossbar._answer) FROM PUBLIC;
