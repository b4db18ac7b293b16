-- Takes a batch of events for the Subscriber that runs their handler in this transaction. Its batches come one after the other, so that only
-- the last one has to be known. Returns whether it had not been taken before; waits while it may still be, by a lost connection.
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
