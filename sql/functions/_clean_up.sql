-- Resets a session of the pool, except prepared statements. Returns a JSON array of the names of statements that SQL
-- has prepared, or NULL if there are none. PUBLIC may execute it, because the session may have any role. It has no SET
-- search_path, because the previous search_path would be restored at the end. Therefore all functions and operators are
-- qualified.
--
-- RESET ALL restores the startup options of the session, among them those of pooledSessionOptions in
-- packages/core/src/postgres/session-settings.ts. Some poolers drop startup options. Then the argument is not NULL, and
-- the same settings are made here.
--
-- This is one function, because PostgreSQL needs half of the time of the same number of statements.
CREATE OR REPLACE FUNCTION crossbar._clean_up(idle_session_timeout text)
RETURNS json
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
AS $$
DECLARE
  done text;
BEGIN
  -- PL/pgSQL would interpret a plain CLOSE ALL as its own statement.
  EXECUTE 'CLOSE ALL';
  SET SESSION AUTHORIZATION DEFAULT;
  SET ROLE NONE;
  UNLISTEN *;
  DISCARD TEMP;
  DISCARD SEQUENCES;
  RESET ALL;
  done := pg_catalog.pg_advisory_unlock_all();
  IF idle_session_timeout IS NOT NULL THEN
    done := pg_catalog.set_config('idle_session_timeout', idle_session_timeout, false) OPERATOR(pg_catalog.||)
      pg_catalog.set_config('array_nulls', 'on', false) OPERATOR(pg_catalog.||)
      pg_catalog.set_config('standard_conforming_strings', 'on', false) OPERATOR(pg_catalog.||) pg_catalog.set_config('bytea_output', 'hex', false)
      OPERATOR(pg_catalog.||) pg_catalog.set_config('statement_timeout', '0', false);
    PERFORM pg_catalog.set_config('crossbar.' OPERATOR(pg_catalog.||) name, '', false) FROM pg_catalog.unnest(ARRAY['caller', 'caller_authid',
      'caller_authrole', 'forward_for', 'publisher', 'publisher_authid', 'publisher_authrole']) AS name;
  END IF;
  -- Mostly there are none, and EXISTS takes less time than an array.
  IF EXISTS (SELECT FROM pg_catalog.pg_prepared_statement() WHERE from_sql) THEN
    RETURN (SELECT pg_catalog.json_agg(name) FROM pg_catalog.pg_prepared_statement() WHERE from_sql);
  END IF;
  RETURN NULL;
END
$$;
