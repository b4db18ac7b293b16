-- Connects this session to the link of a Caller that lives, in place of a connection that was lost.
-- Raises where there is none, or none of several can be reached; nothing has been sent then.
-- begun: raises in any case, since another connection would not do.
CREATE OR REPLACE FUNCTION crossbar._connect_to_caller(connection text, realm text, begun boolean)
RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  link crossbar._link;
  failure text;
  tried text[] := '{}';
BEGIN
  IF begun THEN
    RAISE EXCEPTION 'the connection was closed' USING ERRCODE = 'connection_failure';
  END IF;
  IF connection = ANY (crossbar_dblink.dblink_get_connections()) THEN
    PERFORM crossbar_dblink.dblink_disconnect(connection);
  END IF;
  -- Asked anew after each that could not be reached: while one stops, another may have started.
  LOOP
    SELECT * INTO link FROM crossbar._living_links(realm) AS living WHERE living.secret <> ALL (tried) ORDER BY random() LIMIT 1;
    EXIT WHEN NOT FOUND;
    BEGIN
      PERFORM crossbar_dblink.dblink_connect(connection, crossbar._connection_string(link));
      RETURN;
    EXCEPTION
      WHEN sqlclient_unable_to_establish_sqlconnection THEN
        GET STACKED DIAGNOSTICS failure = PG_EXCEPTION_DETAIL;
    END;
    tried := tried || link.secret;
  END LOOP;
  RAISE EXCEPTION 'no Caller %', CASE WHEN failure IS NULL THEN 'is running' ELSE 'can be reached' END || coalesce(' for realm ' || quote_literal(realm), '')
    USING ERRCODE = 'sqlclient_unable_to_establish_sqlconnection', DETAIL = coalesce(failure, ''),
      HINT = CASE WHEN failure IS NULL THEN 'Start a Caller, or use crossbar.call_async, which waits for one.'
        ELSE 'Let the database reach the address in crossbar.link. Where it may open no connections, as some managed ones, use crossbar.call_async, which needs none.'
      END;
END
$$;

REVOKE ALL ON FUNCTION crossbar._connect_to_caller(text, text, boolean) FROM PUBLIC;
