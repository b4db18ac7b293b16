-- Connects this session to the link of a running Caller, and replaces a lost connection.
-- Raises an error if no Caller is running or none can be reached. In that case, nothing has been sent.
-- begun: always raises an error, because a new connection does not know the call.
CREATE OR REPLACE FUNCTION crossbar._connect_to_caller(connection text, realm text, begun boolean)
RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  target record;
  failure text;
  tried integer[] := '{}';
  problem crossbar._problem;
BEGIN
  IF begun THEN
    RAISE EXCEPTION 'the connection was closed' USING ERRCODE = 'connection_failure';
  END IF;
  IF connection = ANY (crossbar_dblink.dblink_get_connections()) THEN
    PERFORM crossbar_dblink.dblink_disconnect(connection);
  END IF;
  -- The links are read again after each failure: while one Caller stops, another may have started.
  LOOP
    SELECT process_id, backend_start INTO target FROM crossbar._living_links(realm) AS living
      WHERE process_id <> ALL (tried) ORDER BY random() LIMIT 1;
    EXIT WHEN NOT FOUND;
    -- The check follows the choice, so that it sees a Caller of another realm that has just started.
    problem := crossbar._check_realm(realm);
    IF problem.condition IS NOT NULL THEN
      RAISE EXCEPTION USING ERRCODE = problem.condition, MESSAGE = problem.message, HINT = problem.hint;
    END IF;
    tried := tried || target.process_id;
    BEGIN
      -- No variable contains the secret, because debug_print_plan, which any role may set, shows the constants of a
      -- plan.
      PERFORM crossbar_dblink.dblink_connect(connection, crossbar._connection_string(link)) FROM crossbar._link AS link
        WHERE link.process_id = target.process_id AND link.backend_start = target.backend_start;
      IF FOUND THEN
        RETURN;
      END IF;
    EXCEPTION
      WHEN sqlclient_unable_to_establish_sqlconnection THEN
        GET STACKED DIAGNOSTICS failure = PG_EXCEPTION_DETAIL;
    END;
  END LOOP;
  -- A Caller that has lost its router withdraws its link and keeps its connection to the database.
  IF failure IS NULL AND EXISTS (
    SELECT FROM pg_stat_activity WHERE datname = current_database() AND usename = current_user
      AND CASE WHEN realm IS NULL THEN starts_with(application_name, 'pgwamp caller ') ELSE application_name = left('pgwamp caller ' || realm, 63) END)
  THEN
    RAISE EXCEPTION 'the Caller has no session with its router%', coalesce(' for realm ' || quote_literal(realm), '')
      USING ERRCODE = 'sqlclient_unable_to_establish_sqlconnection',
        HINT = 'The Caller is reconnecting: check the router, or use crossbar.call_async, which waits for it.';
  END IF;
  IF failure IS NULL THEN
    RAISE EXCEPTION 'no Caller is running%', coalesce(' for realm ' || quote_literal(realm), '')
      USING ERRCODE = 'sqlclient_unable_to_establish_sqlconnection',
        HINT = 'Start a Caller, or use crossbar.call_async, which waits for one.';
  END IF;
  RAISE EXCEPTION 'no Caller can be reached%', coalesce(' for realm ' || quote_literal(realm), '')
    USING ERRCODE = 'sqlclient_unable_to_establish_sqlconnection', DETAIL = failure,
      HINT = 'Let the database reach the address of the Caller''s link (its option extra.link). If it may open no connections, as with some managed databases, use crossbar.call_async, which needs none.';
END
$$;

REVOKE ALL ON FUNCTION crossbar._connect_to_caller(text, text, boolean) FROM PUBLIC;
