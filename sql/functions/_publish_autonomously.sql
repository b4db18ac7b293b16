-- The autonomous part of crossbar._check_and_publish, which has checked the arguments. With the option acknowledge, it
-- waits for the router's acknowledgement.
-- Returns the number of the publication, or a problem.
CREATE OR REPLACE FUNCTION crossbar._publish_autonomously(
  topic text, args jsonb, kwargs jsonb, options jsonb, OUT publication bigint, OUT problem crossbar._problem
)
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  acknowledge boolean := coalesce((options ->> 'acknowledge')::boolean, false);
  deadline timestamptz := clock_timestamp() + interval '30 seconds';
  number bigint;
  refusal crossbar.refused_publication;
BEGIN
  -- With a fixed snapshot, this transaction would never see the acknowledgement.
  IF acknowledge AND current_setting('transaction_isolation') <> 'read committed' THEN
    problem := ('feature_not_supported', format('an autonomous publication cannot wait for its acknowledgement in a %s transaction',
      current_setting('transaction_isolation')), 'Use READ COMMITTED, or leave the option acknowledge out.', NULL);
    RETURN;
  END IF;
  number := crossbar._emit_autonomous(topic, options, args, kwargs);
  IF NOT acknowledge THEN
    publication := number;
    RETURN;
  END IF;
  WHILE clock_timestamp() < deadline LOOP
    SELECT answer.publication INTO publication FROM crossbar._acknowledgement AS answer WHERE answer.id = number LIMIT 1;
    IF FOUND THEN
      RETURN;
    END IF;
    SELECT * INTO refusal FROM crossbar.refused_publication AS answer WHERE answer.id = number LIMIT 1;
    IF FOUND THEN
      problem := crossbar._wamp_error('CB001', refusal.error, refusal.error_args, refusal.error_kwargs);
      RETURN;
    END IF;
    PERFORM pg_sleep(0.002);
  END LOOP;
  problem := ('connection_exception', format('publication %s was not acknowledged within 30 seconds', number),
    'It is on its way all the same. Is a Publisher running, and its router reachable?', NULL);
END
$$;

REVOKE ALL ON FUNCTION crossbar._publish_autonomously(text, jsonb, jsonb, jsonb) FROM PUBLIC;
