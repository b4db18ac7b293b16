-- Sends a parked message again, or all parked messages of a Proxy or of one of its sinks. Returns the number of
-- messages.
CREATE OR REPLACE FUNCTION crossbar.retry_parked(message bigint)
RETURNS bigint
-- SECURITY DEFINER: a role that was granted this function has no privileges on the table that it uses.
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  problem CONSTANT crossbar._problem := crossbar._check_granted('crossbar.retry_parked(bigint)'::regprocedure);
  changed bigint;
BEGIN
  IF problem.condition IS NOT NULL THEN
    RAISE EXCEPTION USING ERRCODE = problem.condition, MESSAGE = problem.message, HINT = problem.hint;
  END IF;
  UPDATE crossbar.parked_message AS parked SET state = 'retrying' WHERE parked.id = message AND parked.state = 'parked';
  GET DIAGNOSTICS changed = ROW_COUNT;
  IF changed = 0 AND EXISTS (SELECT FROM crossbar.parked_message AS parked WHERE parked.id = message AND parked.state = 'incomplete') THEN
    RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
      MESSAGE = format('parked message %s is incomplete, so it cannot be sent', message),
      HINT = 'Discard it with crossbar.discard_parked. After its cause is fixed, crossbar.rewind_proxy sends changes again that the slot still has.';
  END IF;
  PERFORM pg_notify('crossbar_parked', '');
  RETURN changed;
END
$$;

CREATE OR REPLACE FUNCTION crossbar.retry_parked(proxy text, sink text DEFAULT NULL)
RETURNS bigint
-- SECURITY DEFINER: as above.
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  problem CONSTANT crossbar._problem := crossbar._check_granted('crossbar.retry_parked(text, text)'::regprocedure);
  changed bigint;
BEGIN
  IF problem.condition IS NOT NULL THEN
    RAISE EXCEPTION USING ERRCODE = problem.condition, MESSAGE = problem.message, HINT = problem.hint;
  END IF;
  UPDATE crossbar.parked_message AS parked SET state = 'retrying'
    WHERE parked.proxy = retry_parked.proxy AND parked.sink = coalesce(retry_parked.sink, parked.sink) AND parked.state = 'parked';
  GET DIAGNOSTICS changed = ROW_COUNT;
  PERFORM pg_notify('crossbar_parked', '');
  RETURN changed;
END
$$;

COMMENT ON FUNCTION crossbar.retry_parked(bigint) IS
  'Sends a parked message again, by its number in crossbar.parked_message. Returns the number of messages: 1, or 0 if it does not exist or is not parked.';
COMMENT ON FUNCTION crossbar.retry_parked(text, text) IS
  'Sends all parked messages of a Proxy, or of one of its sinks, again, except incomplete ones. Returns the number of messages.';
