-- Checks whether PostgreSQL is running code of other users in a restricted operation: ANALYZE and VACUUM, also by
-- autovacuum, CREATE INDEX, or REFRESH MATERIALIZED VIEW. Such an operation runs with the rights of the table's owner.
-- But the role of the session is the role that started it, often a superuser, so it does not identify the acting user.
-- Returns the problem, or NULL.
CREATE OR REPLACE FUNCTION crossbar._check_unrestricted()
RETURNS crossbar._problem
-- Without SET search_path: its names are qualified.
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
AS $$
BEGIN
  -- PostgreSQL does not show whether an operation is restricted, but it refuses this statement in one. The session does
  -- not listen to this channel, so the only effect is that the transaction cannot be prepared if the session has ever
  -- listened. Where transactions can be prepared, an error rolls the statement back. It costs several microseconds.
  UNLISTEN "crossbar: is this operation restricted?";
  IF pg_catalog.current_setting('max_prepared_transactions') OPERATOR(pg_catalog.=) '0' THEN
    RETURN NULL;
  END IF;
  RAISE SQLSTATE 'CB000';
EXCEPTION
  WHEN SQLSTATE 'CB000' THEN
    RETURN NULL;
  WHEN insufficient_privilege THEN
    RETURN ('insufficient_privilege', 'crossbar cannot be used within a security-restricted operation', 'It is for functions that a session calls, '
      'not for those of an index or a materialized view.', NULL)::crossbar._problem;
END
$$;

REVOKE ALL ON FUNCTION crossbar._check_unrestricted() FROM PUBLIC;
