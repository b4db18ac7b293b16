-- Claims an event for a queue group, for the Subscriber that runs its handler in this transaction. Returns whether it
-- was not claimed before. Waits while another Subscriber is handling the event, because its handler may still fail.
CREATE OR REPLACE FUNCTION crossbar._claim_event(queue_group text, publication bigint)
RETURNS boolean
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
  INSERT INTO crossbar._claimed_event (queue_group, publication) VALUES (queue_group, publication) ON CONFLICT DO NOTHING;
  RETURN FOUND;
END
$$;

REVOKE ALL ON FUNCTION crossbar._claim_event(text, bigint) FROM PUBLIC;
