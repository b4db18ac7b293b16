-- Returns this session as pg_stat_activity shows it, for crossbar._is_alive.
CREATE OR REPLACE FUNCTION crossbar._this_session(OUT process_id integer, OUT backend_start timestamptz)
LANGUAGE sql STABLE PARALLEL RESTRICTED SET search_path = pg_catalog, pg_temp
AS $$
SELECT session.pid, session.backend_start FROM pg_stat_get_activity(pg_backend_pid()) AS session
$$;

REVOKE ALL ON FUNCTION crossbar._this_session() FROM PUBLIC;
