-- Claims a batch of events for the Subscriber that runs their handler in this transaction. A Subscriber handles its
-- batches one after the other, so only the last one is stored. Returns whether the batch was not claimed before. Waits
-- while a lost connection may still commit the claim.
CREATE OR REPLACE FUNCTION crossbar._claim_batch(name text, number bigint)
RETURNS boolean
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  DELETE FROM crossbar._claimed_event WHERE queue_group = name AND publication < number;
  INSERT INTO crossbar._claimed_event (queue_group, publication) VALUES (name, number) ON CONFLICT DO NOTHING;
  RETURN FOUND;
END
$$;

REVOKE ALL ON FUNCTION crossbar._claim_batch(text, bigint) FROM PUBLIC;
