-- The autonomous half of crossbar._check_and_publish, which has checked the arguments. With the option acknowledge it waits for the router's answer.
CREATE OR REPLACE FUNCTION crossbar._publish_autonomously(topic text, args jsonb, kwargs jsonb, options jsonb)
RETURNS bigint
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  acknowledge boolean := coalesce((options ->> 'acknowledge')::boolean, false);
  deadline timestamptz := clock_timestamp() + interval '30 seconds';
  number bigint;
  acknowledged bigint;
  refusal crossbar.refused_publication;
BEGIN
  -- Under a fixed snapshot the answer would never be seen.
  IF acknowledge AND current_setting('transaction_isolation') <> 'read committed' THEN
    RAISE EXCEPTION 'an autonomous publication cannot wait for its acknowledgement in a % transaction',
        current_setting('transaction_isolation')
      USING ERRCODE = 'feature_not_supported', HINT = 'Use READ COMMITTED, or leave the option acknowledge out.';
  END IF;
  number := crossbar._emit_autonomous(topic, options, args, kwargs);
  IF NOT acknowledge THEN
    RETURN number;
  END IF;
  WHILE clock_timestamp() < deadline LOOP
    SELECT publication INTO acknowledged FROM crossbar._acknowledgement AS answer
      WHERE answer.id = number LIMIT 1;
    IF FOUND THEN
      RETURN acknowledged;
    END IF;
    SELECT * INTO refusal FROM crossbar.refused_publication AS answer
      WHERE answer.id = number LIMIT 1;
    IF FOUND THEN
      PERFORM crossbar.raise(refusal.error, refusal.error_args, refusal.error_kwargs);
    END IF;
    PERFORM pg_sleep(0.002);
  END LOOP;
  RAISE EXCEPTION 'publication % was not acknowledged within 30 seconds', number
    USING ERRCODE = 'connection_exception',
      HINT = 'It is on its way all the same. Is a Publisher running, and its router reachable?';
END
$$;

REVOKE ALL ON FUNCTION crossbar._publish_autonomously(text, jsonb, jsonb, jsonb) FROM PUBLIC;
