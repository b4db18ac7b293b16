-- The functions of pg-event-proxy (schema events) and of pg-amqp-bridge (schema rabbitmq), for the Proxy of pgwamp.
-- `pgwamp install --events` runs this file. It can be run repeatedly. It replaces the original functions, if they exist, and
-- keeps their table and triggers.
CREATE SCHEMA IF NOT EXISTS events;
CREATE SCHEMA IF NOT EXISTS rabbitmq;

-- Durable messages. The Proxy deletes a message after the broker has received it.
CREATE TABLE IF NOT EXISTS events.events (
  id bigserial PRIMARY KEY,
  channel text NOT NULL,
  message text NOT NULL,
  created_on timestamptz NOT NULL DEFAULT now()
);

COMMENT ON TABLE events.events IS 'Messages that the Proxy has not delivered yet, in the order of their ids.';

-- The key precedes the message. A message without a key that contains a pipe is preceded by a pipe, unless it is JSON.
CREATE OR REPLACE FUNCTION events._framed(message text, routing_key text)
RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
  SELECT CASE WHEN routing_key <> '' OR (message LIKE '%|%' AND message !~ '^\s*[{[]') THEN routing_key || '|' || message ELSE message END
$$;

CREATE OR REPLACE FUNCTION events.send_message(
  channel text, message text, routing_key text DEFAULT '', durable boolean DEFAULT false, skip_flush boolean DEFAULT false)
RETURNS void
-- SECURITY DEFINER: callers need no privileges on the table.
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  framed CONSTANT text := events._framed(coalesce(send_message.message, ''), coalesce(send_message.routing_key, ''));
BEGIN
  IF send_message.channel IS NULL OR octet_length(send_message.channel) NOT BETWEEN 1 AND 63 THEN
    RAISE EXCEPTION 'a channel has 1 to 63 bytes, and % has not', coalesce(quote_literal(send_message.channel), 'NULL')
      USING ERRCODE = 'invalid_parameter_value', HINT = 'Name a channel that the Proxy is configured for.';
  END IF;
  IF send_message.routing_key LIKE '%|%' THEN
    RAISE EXCEPTION 'the routing key % has a pipe, which separates the key from the message', quote_literal(send_message.routing_key)
      USING ERRCODE = 'invalid_parameter_value', HINT = 'Use a key without a pipe.';
  END IF;
  -- NOTIFY allows 7,999 bytes. A larger message is stored in the table, and the Proxy delivers it too.
  IF send_message.durable OR octet_length(framed) > 7999 THEN
    INSERT INTO events.events (channel, message) VALUES (send_message.channel, framed);
    PERFORM events.flush();
  ELSE
    PERFORM pg_notify(send_message.channel, framed);
  END IF;
END
$$;

COMMENT ON FUNCTION events.send_message(text, text, text, boolean, boolean) IS
  'Sends a message to the Proxy. A durable message is stored until the broker has it. Any other message is lost if no Proxy is listening. skip_flush has no effect, because the Proxy polls for stored messages itself.';

CREATE OR REPLACE FUNCTION events.flush()
RETURNS void
LANGUAGE sql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
  SELECT pg_notify('crossbar_durable', '')
$$;

COMMENT ON FUNCTION events.flush() IS 'Makes the Proxy read stored messages now. It also reads them four times a second, and when it starts.';

CREATE OR REPLACE FUNCTION events.on_row_change()
RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  target CONSTANT text := coalesce(TG_ARGV[0], 'events');
  selection CONSTANT jsonb := coalesce(TG_ARGV[1], '{}')::jsonb;
  contents jsonb := to_jsonb(CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END);
  unknown text;
BEGIN
  SELECT string_agg(quote_literal(name), ', ') INTO unknown
    FROM jsonb_array_elements_text(coalesce(selection -> 'include', selection -> 'exclude', '[]')) AS name WHERE NOT contents ? name;
  IF unknown IS NOT NULL THEN
    RAISE EXCEPTION 'trigger % names columns that %.% does not have: %', TG_NAME, TG_TABLE_SCHEMA, TG_TABLE_NAME, unknown
      USING ERRCODE = 'undefined_column', HINT = 'Correct the second argument of the trigger.';
  END IF;
  IF selection ? 'include' THEN
    SELECT coalesce(jsonb_object_agg(key, value), '{}') INTO contents FROM jsonb_each(contents) WHERE selection -> 'include' ? key;
  ELSIF selection ? 'exclude' THEN
    SELECT coalesce(jsonb_object_agg(key, value), '{}') INTO contents FROM jsonb_each(contents) WHERE NOT selection -> 'exclude' ? key;
  END IF;
  PERFORM events.send_message(target, contents::text, format('row_change.table-%s.event-%s', replace(TG_TABLE_NAME, '|', '_'), TG_OP), true);
  RETURN NULL;
END
$$;

COMMENT ON FUNCTION events.on_row_change() IS
  'Trigger function for AFTER INSERT OR UPDATE OR DELETE FOR EACH ROW. It sends the row to a channel (default "events") with the key row_change.table-T.event-OP. A second argument {"include": [..]} or {"exclude": [..]} selects columns.';

CREATE OR REPLACE FUNCTION rabbitmq.send_message(channel text, routing_key text, message text)
RETURNS void
LANGUAGE sql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
  SELECT events.send_message(channel, message, routing_key, true)
$$;

COMMENT ON FUNCTION rabbitmq.send_message(text, text, text) IS 'Sends a durable message to the Proxy. The order of the arguments differs from events.send_message.';

CREATE OR REPLACE FUNCTION rabbitmq.on_row_change()
RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  PERFORM rabbitmq.send_message('events', format('row_change.table-%s.event-%s', replace(TG_TABLE_NAME, '|', '_'), TG_OP),
    row_to_json(CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END)::text);
  RETURN NULL;
END
$$;

COMMENT ON FUNCTION rabbitmq.on_row_change() IS 'Trigger function that sends the row to channel "events" as JSON, with the key row_change.table-T.event-OP.';

GRANT USAGE ON SCHEMA events, rabbitmq TO PUBLIC;
