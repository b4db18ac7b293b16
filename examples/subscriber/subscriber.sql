-- Every event of com.example.reading becomes a row: the role example_sensor may insert, and nothing else.
DO $$ BEGIN
  CREATE ROLE example_sensor NOLOGIN;
EXCEPTION WHEN duplicate_object OR unique_violation THEN
  NULL;  -- another database of this server has it already
END $$;
-- Functions run in sessions of this login: see section 4 of setup.sql.
GRANT example_sensor TO crossbar_worker;

CREATE TABLE reading (sensor text, celsius numeric, at timestamptz DEFAULT now());
GRANT INSERT ON reading TO example_sensor;

CREATE FUNCTION store_reading(sensor text, celsius numeric) RETURNS void LANGUAGE sql
  AS 'INSERT INTO reading (sensor, celsius) VALUES (sensor, celsius)';

SELECT crossbar.subscribe('com.example.reading', 'store_reading(text, numeric)', '{"run_as": "example_sensor"}');
