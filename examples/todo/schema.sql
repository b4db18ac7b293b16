-- Shared to-do lists: the whole application is here. What can be called is at the end.

CREATE SCHEMA todo;

-- The role that callers' functions run as. It owns nothing, so that row level security holds for it.
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'todo') THEN
    CREATE ROLE todo;
  END IF;
END
$$;

GRANT todo TO crossbar;
GRANT USAGE ON SCHEMA todo TO todo;

-- Who it is, as the router has authenticated them: the caller of a procedure, the publisher of an event, or NULL.
-- What the router does not say is an empty string.
CREATE FUNCTION todo.me() RETURNS text LANGUAGE sql STABLE
RETURN coalesce(
  NULLIF(current_setting('crossbar.caller_authid', true), ''),
  NULLIF(current_setting('crossbar.publisher_authid', true), '')
);

-- Tables

CREATE TABLE todo.person (
  authid text PRIMARY KEY,
  name text NOT NULL
);

INSERT INTO todo.person VALUES ('ada', 'Ada'), ('grace', 'Grace');

-- people: who may see the list and work on it, its owner among them.
CREATE TABLE todo.list (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  title text NOT NULL CHECK (title ~ '\S'),
  owner text NOT NULL DEFAULT todo.me() REFERENCES todo.person,
  people text[] NOT NULL DEFAULT ARRAY[todo.me()] CHECK (owner = ANY (people))
);

CREATE TABLE todo.item (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  list bigint NOT NULL REFERENCES todo.list ON DELETE CASCADE,
  title text NOT NULL CHECK (title ~ '\S'),
  due date,
  done boolean NOT NULL DEFAULT false
);

-- When somebody has last looked at a list.
CREATE TABLE todo.look (
  list bigint REFERENCES todo.list ON DELETE CASCADE,
  person text DEFAULT todo.me() REFERENCES todo.person,
  at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (list, person)
);

-- Who may see and do what: this is all there is of it.

ALTER TABLE todo.list ENABLE ROW LEVEL SECURITY;
ALTER TABLE todo.item ENABLE ROW LEVEL SECURITY;
ALTER TABLE todo.look ENABLE ROW LEVEL SECURITY;

CREATE POLICY its_people_see_it ON todo.list FOR SELECT USING (todo.me() = ANY (people));
CREATE POLICY its_owner_does_everything ON todo.list USING (todo.me() = owner);

-- The list is looked up under its own policies.
CREATE POLICY who_sees_the_list ON todo.item USING (EXISTS (SELECT FROM todo.list WHERE list.id = item.list));

CREATE POLICY who_sees_the_list ON todo.look FOR SELECT USING (EXISTS (SELECT FROM todo.list WHERE list.id = look.list));
CREATE POLICY only_ones_own ON todo.look
  USING (person = todo.me())
  WITH CHECK (person = todo.me() AND EXISTS (SELECT FROM todo.list WHERE list.id = look.list));

GRANT SELECT ON todo.person TO todo;
GRANT SELECT, DELETE, INSERT (title), UPDATE (people) ON todo.list TO todo;
GRANT SELECT, DELETE, INSERT (list, title, due), UPDATE (done) ON todo.item TO todo;
GRANT SELECT, INSERT (list), UPDATE (at) ON todo.look TO todo;

-- Changes are events. They say what to read again, to those who may read it: the router brings them to nobody else.

CREATE FUNCTION todo.tell(audience text[], list bigint, what text) RETURNS bigint LANGUAGE sql
RETURN crossbar.publish(
  'com.example.todo.changed',
  -- The log tells of a commit before every other session sees it: by the transaction a page knows what it has to wait for.
  kwargs => jsonb_build_object('list', list, 'what', what, 'transaction', pg_current_xact_id()::text),
  options => jsonb_build_object('eligible_authid', audience)
);

CREATE FUNCTION todo.list_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  -- Both: whoever was left out has to hear of it, too.
  PERFORM todo.tell(coalesce(OLD.people, '{}') || coalesce(NEW.people, '{}'), coalesce(NEW.id, OLD.id), 'list');
  RETURN NULL;
END
$$;

CREATE FUNCTION todo.part_of_list_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  -- Of a list that is being deleted there is nothing more to tell.
  PERFORM todo.tell(list.people, list.id, TG_ARGV[0]) FROM todo.list WHERE list.id = coalesce(NEW.list, OLD.list);
  RETURN NULL;
END
$$;

CREATE TRIGGER changed AFTER INSERT OR UPDATE OR DELETE ON todo.list
  FOR EACH ROW EXECUTE FUNCTION todo.list_changed();
CREATE TRIGGER changed AFTER INSERT OR UPDATE OR DELETE ON todo.item
  FOR EACH ROW EXECUTE FUNCTION todo.part_of_list_changed('item');
CREATE TRIGGER changed AFTER INSERT OR UPDATE OR DELETE ON todo.look
  FOR EACH ROW EXECUTE FUNCTION todo.part_of_list_changed('look');

-- Procedures. None asks who calls: the policies do.

-- Whether what a transaction has written can be read.
CREATE FUNCTION todo.is_visible(transaction text) RETURNS boolean LANGUAGE sql STABLE
RETURN pg_visible_in_snapshot(transaction::xid8, pg_current_snapshot());

CREATE FUNCTION todo.people() RETURNS SETOF todo.person LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT * FROM todo.person ORDER BY name;
END;

CREATE FUNCTION todo.lists() RETURNS TABLE (id bigint, title text, owner text, people text[], open bigint, looks jsonb)
LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT id, title, owner, people,
    (SELECT count(*) FROM todo.item WHERE item.list = list.id AND NOT done),
    (SELECT coalesce(jsonb_object_agg(person, at), '{}') FROM todo.look WHERE look.list = list.id)
  FROM todo.list ORDER BY id;
END;

CREATE FUNCTION todo.items(list bigint) RETURNS SETOF todo.item LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT * FROM todo.item WHERE item.list = items.list ORDER BY done, due, id;
END;

CREATE FUNCTION todo.add_list(title text) RETURNS bigint LANGUAGE sql
BEGIN ATOMIC
  INSERT INTO todo.list (title) VALUES (add_list.title) RETURNING id;
END;

CREATE FUNCTION todo.add_item(list bigint, title text, due date DEFAULT NULL) RETURNS bigint LANGUAGE sql
BEGIN ATOMIC
  INSERT INTO todo.item (list, title, due) VALUES (add_item.list, add_item.title, add_item.due) RETURNING id;
END;

-- One who may not change a row does not find it.
CREATE FUNCTION todo.no_such(kind text, id bigint) RETURNS void LANGUAGE sql
RETURN crossbar.raise(
  'com.example.todo.error.no_such_' || kind,
  jsonb_build_array(format('you have no %s %s to change', kind, id))
);

CREATE FUNCTION todo.finish(item bigint, done boolean DEFAULT true) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  UPDATE todo.item SET done = finish.done WHERE id = finish.item;
  IF NOT FOUND THEN PERFORM todo.no_such('item', item); END IF;
END
$$;

CREATE FUNCTION todo.remove_item(item bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM todo.item WHERE id = remove_item.item;
  IF NOT FOUND THEN PERFORM todo.no_such('item', item); END IF;
END
$$;

CREATE FUNCTION todo.remove_list(list bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM todo.list WHERE id = remove_list.list;
  IF NOT FOUND THEN PERFORM todo.no_such('list', list); END IF;
END
$$;

-- with: everybody who is to see the list besides its owner.
CREATE FUNCTION todo.share(list bigint, "with" text[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  stranger text := (SELECT name FROM unnest("with") AS name WHERE name NOT IN (SELECT authid FROM todo.person) LIMIT 1);
BEGIN
  IF stranger IS NOT NULL THEN
    PERFORM crossbar.raise('com.example.todo.error.no_such_person', jsonb_build_array(format('there is nobody called %s', stranger)));
  END IF;
  UPDATE todo.list SET people = owner || "with" WHERE id = share.list;
  IF NOT FOUND THEN PERFORM todo.no_such('list', list); END IF;
END
$$;

SELECT crossbar.register('com.example.todo.' || procedure, endpoint, '{"run_as": "todo", "disclose_caller": true}')
FROM (VALUES
  ('people', 'todo.people'::regproc::regprocedure),
  ('is_visible', 'todo.is_visible'::regproc),
  ('lists', 'todo.lists'::regproc),
  ('items', 'todo.items'::regproc),
  ('add_list', 'todo.add_list'::regproc),
  ('add_item', 'todo.add_item'::regproc),
  ('finish', 'todo.finish'::regproc),
  ('remove_item', 'todo.remove_item'::regproc),
  ('remove_list', 'todo.remove_list'::regproc),
  ('share', 'todo.share'::regproc)
) AS endpoints (procedure, endpoint);

-- Events that pages publish when somebody looks at a list.

CREATE FUNCTION todo.looked(list bigint) RETURNS void LANGUAGE sql
BEGIN ATOMIC
  INSERT INTO todo.look (list) VALUES (looked.list) ON CONFLICT (list, person) DO UPDATE SET at = now();
END;

SELECT crossbar.subscribe('com.example.todo.looked', 'todo.looked(bigint)', '{"run_as": "todo"}');
