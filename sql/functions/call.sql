-- Calls a WAMP procedure, over the link of a Caller, and waits for its result.
-- Returns NULL for none, the value where it is one positional one, else {"args": ..., "kwargs": ...}. Raises the WAMP error that
-- the call ended with: see crossbar.raise_outcome.
CREATE OR REPLACE FUNCTION crossbar.call(
  procedure text,
  args jsonb DEFAULT NULL,
  kwargs jsonb DEFAULT NULL,
  options jsonb DEFAULT NULL
)
RETURNS jsonb
-- SECURITY DEFINER: the connection to the Caller is role crossbar's alone, so that nobody speaks over it in another's name.
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  id CONSTANT bigint := crossbar.new_publication_id();
  answer crossbar.answer;
BEGIN
  IF (options IS NULL AND crossbar.is_ordinary_call(procedure, args, kwargs)) IS NOT TRUE THEN
    PERFORM crossbar.check_call('call', procedure, args, kwargs, options);
  END IF;
  IF EXISTS (SELECT FROM crossbar.callable) THEN
    PERFORM crossbar.check_callable(procedure);
  END IF;
  answer := crossbar.ask(options ->> 'realm', id,
    crossbar.request(id, procedure, args, kwargs, options, crossbar.call_identity()));
  IF answer.kind <> 'result' THEN
    PERFORM crossbar.raise_outcome(answer);
  END IF;
  RETURN answer.payload::jsonb;
END
$$;

REVOKE ALL ON FUNCTION crossbar.call(text, jsonb, jsonb, jsonb) FROM PUBLIC;
