-- A chat: the whole application is here.

-- The role that the Gateway runs chat.receive as. It can do nothing else.
CREATE ROLE chatter;
GRANT chatter TO crossbar;

CREATE SCHEMA chat;
GRANT USAGE ON SCHEMA chat TO chatter;

-- The bounds keep each message below the 8000 bytes that NOTIFY takes.
CREATE TABLE chat.message (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  room text NOT NULL CHECK (room ~ '^\S{1,40}$'),
  author text NOT NULL CHECK (author ~ '\S' AND length(author) <= 40),
  body text NOT NULL CHECK (body ~ '\S' AND length(body) <= 1000),
  at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX ON chat.message (room, id);

-- Everybody in the room is told of a message at COMMIT, whoever has written it, and by whatever way.
CREATE FUNCTION chat.tell_room() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('room:' || NEW.room, row_to_json(NEW)::text);
  RETURN NULL;
END;
$$;

CREATE TRIGGER tell_room AFTER INSERT ON chat.message FOR EACH ROW EXECUTE FUNCTION chat.tell_room();

-- What a page sends comes here, and what is returned is the answer: {"author": …, "body": …} says something, {"last": 50} asks for what
-- was said before.
CREATE FUNCTION chat.receive(channel text, message text, claims jsonb) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  request jsonb := message::jsonb;
  its_room text := regexp_replace(channel, '^room:', '');
BEGIN
  IF request ? 'last' THEN
    RETURN (
      SELECT coalesce(json_agg(recent ORDER BY id), '[]')
      FROM (
        SELECT * FROM chat.message WHERE room = its_room
        ORDER BY id DESC LIMIT least((request ->> 'last')::integer, 200)
      ) AS recent
    );
  END IF;
  INSERT INTO chat.message (room, author, body) VALUES (its_room, request ->> 'author', request ->> 'body');
  RETURN NULL;
END;
$$;

REVOKE EXECUTE ON FUNCTION chat.receive FROM PUBLIC;
GRANT EXECUTE ON FUNCTION chat.receive TO chatter;
