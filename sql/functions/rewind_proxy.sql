-- Moves a sink of a Proxy back to a position that the slot still retains. The sink receives everything committed after
-- the position again. Returns the position.
CREATE OR REPLACE FUNCTION crossbar.rewind_proxy(proxy text, sink text, "position" pg_lsn DEFAULT NULL)
RETURNS pg_lsn
-- SECURITY DEFINER: a role that was granted this function has no privileges on the tables that it uses.
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  problem CONSTANT crossbar._problem := crossbar._check_granted('crossbar.rewind_proxy(text, text, pg_lsn)'::regprocedure);
  earliest pg_lsn;
  reached pg_lsn;
  target pg_lsn;
BEGIN
  IF problem.condition IS NOT NULL THEN
    RAISE EXCEPTION USING ERRCODE = problem.condition, MESSAGE = problem.message, HINT = problem.hint;
  END IF;
  SELECT slot.confirmed_flush_lsn INTO earliest
    FROM crossbar.proxy AS it JOIN pg_replication_slots AS slot ON slot.slot_name = it.slot WHERE it.name = rewind_proxy.proxy;
  IF earliest IS NULL THEN
    RAISE EXCEPTION 'there is no Proxy % with a replication slot', rewind_proxy.proxy USING ERRCODE = 'undefined_object';
  END IF;
  target := coalesce(rewind_proxy."position", earliest);
  IF target < earliest THEN
    RAISE EXCEPTION 'position % is not kept any more: the slot begins at %', target, earliest
      USING ERRCODE = 'invalid_parameter_value', HINT = 'Increase keep in the configuration of the Proxy to retain more.';
  END IF;
  SELECT cursor.position INTO reached
    FROM crossbar._proxy_cursor AS cursor WHERE cursor.proxy = rewind_proxy.proxy AND cursor.sink = rewind_proxy.sink FOR UPDATE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'Proxy % has no sink % that has delivered anything', rewind_proxy.proxy, rewind_proxy.sink USING ERRCODE = 'undefined_object';
  END IF;
  -- The slot may be ahead of the stored position, which is written once a second.
  IF target > greatest(reached, earliest) THEN
    RAISE EXCEPTION 'position % is after %, up to where sink % has everything: what is between them would be lost', target, reached, rewind_proxy.sink
      USING ERRCODE = 'invalid_parameter_value';
  END IF;
  UPDATE crossbar._proxy_cursor AS cursor SET position = target, rewound = true, moved_at = now()
    WHERE cursor.proxy = rewind_proxy.proxy AND cursor.sink = rewind_proxy.sink;
  RETURN target;
END
$$;

COMMENT ON FUNCTION crossbar.rewind_proxy(text, text, pg_lsn) IS
  'Moves a sink of a Proxy back to a position, or to the earliest one that its slot still retains. The sink receives everything committed after the position again. Returns the position.';
