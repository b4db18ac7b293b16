-- The role example_guest may call com.example.greet, which main.js offers. To call needs a rule.
DO $$ BEGIN
  CREATE ROLE example_guest NOLOGIN;
EXCEPTION WHEN duplicate_object OR unique_violation THEN
  NULL;  -- another database of this server has it already
END $$;
SELECT crossbar.grant_call('example_guest', 'com.example.greet');

CREATE FUNCTION greeting(name text) RETURNS text LANGUAGE sql
  AS $$ SELECT crossbar.call('com.example.greet', jsonb_build_array(name)) #>> '{}' $$;
