-- Publishes a WAMP event: when this transaction commits, or, autonomous, at once and whatever becomes of the transaction.
-- Returns the number of the publication, which crossbar.publications and crossbar.refused_publication speak of;
-- autonomous with the option acknowledge: the publication id of the router.
CREATE OR REPLACE FUNCTION crossbar.publish(
  topic text,
  args jsonb DEFAULT NULL,
  kwargs jsonb DEFAULT NULL,
  options jsonb DEFAULT NULL,
  autonomous boolean DEFAULT false
)
RETURNS bigint
LANGUAGE sql VOLATILE PARALLEL UNSAFE
RETURN crossbar.check_and_publish(topic, args, kwargs, options, autonomous);
