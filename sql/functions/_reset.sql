-- Resets a session of the pool at the end of a call that has written nothing, in the statement of the call. Returns
-- whether the session is like a new one. If not, crossbar._clean_up resets it after the transaction.
--
-- A transaction without an id has changed no row. So no deferred trigger is pending, and without cursors the commit runs
-- no SQL of users. Temporary objects need an id too. As in crossbar._clean_up, all functions are qualified.
CREATE OR REPLACE FUNCTION crossbar._reset()
RETURNS boolean
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
AS $$
BEGIN
  IF pg_catalog.pg_current_xact_id_if_assigned() IS NOT NULL THEN
    RETURN false;
  END IF;
  EXECUTE 'CLOSE ALL';
  SET SESSION AUTHORIZATION DEFAULT;
  SET ROLE NONE;
  UNLISTEN *;
  DISCARD SEQUENCES;
  RESET ALL;
  RETURN pg_catalog.pg_advisory_unlock_all() IS NOT NULL AND NOT EXISTS (SELECT FROM pg_catalog.pg_prepared_statement() WHERE from_sql);
END
$$;
