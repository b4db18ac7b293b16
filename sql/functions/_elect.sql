-- Makes this session the holder of an election, unless another connected session holds it. Returns whether this session
-- holds it. It uses a row and not an advisory lock, because any role could take such a lock. The row is void when the
-- session of the holder has ended for any reason.
CREATE OR REPLACE FUNCTION crossbar._elect(election text)
RETURNS boolean
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  this CONSTANT record := crossbar._this_session();
  holder crossbar._election;
BEGIN
  SELECT * INTO holder FROM crossbar._election WHERE name = election;
  -- Candidates call this often, so a candidate that cannot win writes nothing.
  IF FOUND AND crossbar._is_alive(holder.process_id, holder.backend_start) THEN
    RETURN holder.process_id = this.process_id AND holder.backend_start = this.backend_start;
  END IF;
  INSERT INTO crossbar._election VALUES (election, this.process_id, this.backend_start) ON CONFLICT DO NOTHING;
  SELECT * INTO holder FROM crossbar._election WHERE name = election FOR UPDATE;
  -- The holder may have connected after this transaction first read the sessions.
  PERFORM pg_stat_clear_snapshot();
  IF crossbar._is_alive(holder.process_id, holder.backend_start) THEN
    RETURN holder.process_id = this.process_id AND holder.backend_start = this.backend_start;
  END IF;
  UPDATE crossbar._election SET process_id = this.process_id, backend_start = this.backend_start WHERE name = election;
  RETURN true;
END
$$;

REVOKE ALL ON FUNCTION crossbar._elect(text) FROM PUBLIC;
