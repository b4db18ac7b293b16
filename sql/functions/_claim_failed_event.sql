-- Claims an event for a queue group, for the Subscriber that stores it as failed in this transaction. Returns whether
-- it was not claimed before, and NULL while another Subscriber is handling the event. It does not wait, because a
-- connection that is silent for the time of a handler would count as lost.
CREATE OR REPLACE FUNCTION crossbar._claim_failed_event(queue_group text, publication bigint)
RETURNS boolean
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp SET lock_timeout = '10ms'
AS $$
BEGIN
  RETURN crossbar._claim_event(queue_group, publication);
EXCEPTION WHEN lock_not_available THEN
  RETURN NULL;
END
$$;

REVOKE ALL ON FUNCTION crossbar._claim_failed_event(text, bigint) FROM PUBLIC;
