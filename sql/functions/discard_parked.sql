-- Deletes a parked message, or all parked messages of a Proxy or of one of its sinks. Returns the number of deleted
-- messages.
CREATE OR REPLACE FUNCTION crossbar.discard_parked(message bigint)
RETURNS bigint
-- SECURITY DEFINER: a role that was granted this function has no privileges on the table that it uses.
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  problem CONSTANT crossbar._problem := crossbar._check_granted('crossbar.discard_parked(bigint)'::regprocedure);
  changed bigint;
BEGIN
  IF problem.condition IS NOT NULL THEN
    RAISE EXCEPTION USING ERRCODE = problem.condition, MESSAGE = problem.message, HINT = problem.hint;
  END IF;
  DELETE FROM crossbar.parked_message AS parked WHERE parked.id = message;
  GET DIAGNOSTICS changed = ROW_COUNT;
  PERFORM pg_notify('crossbar_parked', '');
  RETURN changed;
END
$$;

-- Waiting messages are not deleted: they are delivered when the messages before them have been delivered or discarded.
CREATE OR REPLACE FUNCTION crossbar.discard_parked(proxy text, sink text DEFAULT NULL)
RETURNS bigint
-- SECURITY DEFINER: as above.
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  problem CONSTANT crossbar._problem := crossbar._check_granted('crossbar.discard_parked(text, text)'::regprocedure);
  changed bigint;
BEGIN
  IF problem.condition IS NOT NULL THEN
    RAISE EXCEPTION USING ERRCODE = problem.condition, MESSAGE = problem.message, HINT = problem.hint;
  END IF;
  DELETE FROM crossbar.parked_message AS parked
    WHERE parked.proxy = discard_parked.proxy AND parked.sink = coalesce(discard_parked.sink, parked.sink) AND parked.state IN ('parked', 'incomplete');
  GET DIAGNOSTICS changed = ROW_COUNT;
  PERFORM pg_notify('crossbar_parked', '');
  RETURN changed;
END
$$;

COMMENT ON FUNCTION crossbar.discard_parked(bigint) IS
  'Deletes a parked message by its number in crossbar.parked_message. Messages that wait behind it are sent. Returns the number of deleted messages: 1 or 0.';
COMMENT ON FUNCTION crossbar.discard_parked(text, text) IS
  'Deletes all parked messages of a Proxy, or of one of its sinks. Waiting messages are not deleted. Returns the number of deleted messages.';
