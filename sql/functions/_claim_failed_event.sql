-- Takes an event for a queue group, for the Subscriber that keeps it as failed in this transaction. Returns whether none has taken it before,
-- and NULL while another one is at it: a connection on which PostgreSQL is silent for the time of a handler would be taken for dead.
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
