-- Deliveries "notify" and "outbox", autonomous: emitted in a transaction of its own.
CREATE OR REPLACE FUNCTION crossbar.emit_autonomous(id bigint, topic text, options jsonb, args jsonb, kwargs jsonb)
RETURNS boolean
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  PERFORM crossbar.run_autonomously(format('SELECT crossbar.emit(%L, %L, %L, %L, %L)', id, topic, options, args, kwargs));
  RETURN true;
END
$$;

REVOKE ALL ON FUNCTION crossbar.emit_autonomous(bigint, text, jsonb, jsonb, jsonb) FROM PUBLIC;
