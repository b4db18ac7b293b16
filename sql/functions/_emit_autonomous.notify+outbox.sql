-- Autonomous publications of the deliveries "notify" and "outbox": emitted in a separate transaction.
CREATE OR REPLACE FUNCTION crossbar._emit_autonomous(topic text, options jsonb, args jsonb, kwargs jsonb)
RETURNS bigint
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RETURN crossbar._run_autonomously(format('SELECT crossbar._emit(%L, %L, %L, %L)', topic, options, args, kwargs))::bigint;
END
$$;

REVOKE ALL ON FUNCTION crossbar._emit_autonomous(text, jsonb, jsonb, jsonb) FROM PUBLIC;
