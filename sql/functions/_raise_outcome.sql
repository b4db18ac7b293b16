-- Raises the error that a call ended with, by the answer of the link: the message for people, the detail for programs.
CREATE OR REPLACE FUNCTION crossbar._raise_outcome(answer crossbar._answer)
RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  args jsonb;
  kwargs jsonb;
BEGIN
  IF answer.kind = 'lost' THEN
    RAISE EXCEPTION 'the router was lost after the call was sent: %', answer.payload
      USING ERRCODE = 'CB006', HINT = 'Whether the procedure was called is unknown. It was not called again.';
  ELSIF answer.kind = 'refused' THEN
    RAISE EXCEPTION '%', answer.payload USING ERRCODE = answer.args, HINT = answer.kwargs;
  END IF;
  BEGIN
    args := coalesce(answer.args::jsonb, '[]');
    kwargs := coalesce(answer.kwargs::jsonb, '{}');
  EXCEPTION WHEN OTHERS THEN
    args := jsonb_build_array(format('the arguments of this error are not shown, because jsonb cannot hold them: %s', SQLERRM));
    kwargs := '{}';
  END;
  RAISE EXCEPTION USING
    ERRCODE = crossbar._sqlstate_of_outcome(answer.payload, args ->> 0),
    MESSAGE = concat_ws(': ', answer.payload, args ->> 0),
    DETAIL = jsonb_build_object('error', answer.payload, 'args', args, 'kwargs', kwargs);
END
$$;

REVOKE ALL ON FUNCTION crossbar._raise_outcome(crossbar._answer) FROM PUBLIC;
