-- Calls a WAMP procedure with progressive results. Returns each of them, then the final result, if there is one.
-- In the select list of a query, rows arrive as they are produced. In FROM, PostgreSQL first collects all rows.
-- https://www.postgresql.org/docs/current/queries-with.html#QUERIES-WITH-RECURSIVE
CREATE OR REPLACE FUNCTION crossbar.call_stream(
  procedure text,
  args jsonb DEFAULT NULL,
  kwargs jsonb DEFAULT NULL,
  options jsonb DEFAULT NULL
)
RETURNS SETOF jsonb
-- SECURITY DEFINER: as for crossbar.call. The language is SQL, because PL/pgSQL would collect all rows before it
-- returns the first one.
LANGUAGE sql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
WITH RECURSIVE stream (id, answer) AS (
  SELECT id, crossbar._next_of_stream(id, options ->> 'realm', crossbar._stream_request(id, procedure COLLATE "default", args, kwargs, options), false)
  FROM crossbar._new_publication_id() AS id
  UNION ALL
  SELECT id, crossbar._next_of_stream(id, options ->> 'realm', '["next",' || id || ']', true) FROM stream WHERE (answer).kind = 'progress'
)
SELECT (answer).payload::jsonb FROM stream WHERE (answer).kind = 'progress' OR (answer).payload IS NOT NULL
$$;

COMMENT ON FUNCTION crossbar.call_stream(text, jsonb, jsonb, jsonb) IS
  'Calls a WAMP procedure with progressive results and returns each of them as a row, then the result.

Options:
timeout (integer): milliseconds for each row; 0 for no limit. Default 30000
disclose_me (boolean): ask the router to tell the callee the session of the Caller
realm (string): the realm, if there are Callers of several. Otherwise the session keeps the realm of its first call';
