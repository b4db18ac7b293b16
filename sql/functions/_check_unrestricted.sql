-- Returns what is wrong where PostgreSQL runs code of others in the session of somebody who has not asked for it: ANALYZE and VACUUM, also by
-- autovacuum, CREATE INDEX, REFRESH MATERIALIZED VIEW. There it takes the rights of the owner of the table, but the role of the session is
-- that of whoever began, often a superuser, and so says nothing of who acts. NULL elsewhere.
CREATE OR REPLACE FUNCTION crossbar._check_unrestricted()
RETURNS crossbar._problem
-- Without SET search_path: it looks up no name.
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
AS $$
BEGIN
  -- PostgreSQL shows nowhere whether an operation is restricted, but it refuses this statement there. Elsewhere the error takes it back: a
  -- transaction that has executed it in a session that listens could not be prepared.
  UNLISTEN "crossbar: is this operation restricted?";
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
