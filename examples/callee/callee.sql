-- Two functions that any WAMP client can call; they run as the role example_clerk.
DO $$ BEGIN
  CREATE ROLE example_clerk NOLOGIN;
EXCEPTION WHEN duplicate_object OR unique_violation THEN
  NULL;  -- another database of this server has it already
END $$;
-- Functions run in sessions of this login: see section 4 of setup.sql.
GRANT example_clerk TO crossbar_worker;

CREATE FUNCTION add2(a integer, b integer DEFAULT 1) RETURNS integer LANGUAGE sql AS 'SELECT a + b';

CREATE TABLE city (name text PRIMARY KEY, inhabitants integer);
INSERT INTO city VALUES ('Graz', 305232), ('Linz', 213557), ('Wien', 2028289);
GRANT SELECT ON city TO example_clerk;
CREATE FUNCTION cities(above integer) RETURNS SETOF city LANGUAGE sql STABLE
  AS 'SELECT * FROM city WHERE inhabitants > above ORDER BY name';

SELECT crossbar.register('com.example.add2', 'add2(integer, integer)', '{"run_as": "example_clerk"}');
SELECT crossbar.register('com.example.cities', 'cities(integer)', '{"run_as": "example_clerk"}');
