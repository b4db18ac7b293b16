-- A list of notes: everybody may add one by a call, and sees by an event that there is a new one.
DO $$ BEGIN
  CREATE ROLE example_notes NOLOGIN;
EXCEPTION WHEN duplicate_object OR unique_violation THEN
  NULL;  -- another database of this server has it already
END $$;
GRANT example_notes TO crossbar_worker;

CREATE TABLE note (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, text text NOT NULL);
GRANT SELECT, INSERT ON note TO example_notes;

CREATE TRIGGER note_changed AFTER INSERT ON note
  FOR EACH ROW EXECUTE FUNCTION crossbar.publish_row_change('com.example.note');

CREATE FUNCTION add_note(text text) RETURNS bigint LANGUAGE sql
  AS 'INSERT INTO note (text) VALUES (text) RETURNING id';

SELECT crossbar.register('com.example.add_note', 'add_note(text)', '{"run_as": "example_notes"}');
