-- Boats on a map: where they are, and which zones they enter and leave.

-- The role that the Gateway runs harbour.receive as. It can do nothing else.
CREATE ROLE sailor;
GRANT sailor TO crossbar;

CREATE SCHEMA harbour;
GRANT USAGE ON SCHEMA harbour TO sailor;

-- The map is 100 wide and 60 high; y grows downwards, as on the page.
CREATE TABLE harbour.zone (
  id integer PRIMARY KEY,
  name text NOT NULL,
  outline polygon NOT NULL
);

CREATE TABLE harbour.boat (
  id integer PRIMARY KEY,
  name text NOT NULL,
  colour text NOT NULL,
  position point NOT NULL CHECK (position <@ box '((0,0),(100,60))'),
  -- How far it goes with each step of harbour.sail.
  heading point NOT NULL DEFAULT '(0,0)',
  -- The zones that it is in; the trigger below keeps it.
  zones integer[] NOT NULL DEFAULT '{}'
);

CREATE FUNCTION harbour.find_zones() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.zones := ARRAY(SELECT id FROM harbour.zone WHERE outline @> NEW.position ORDER BY id);
  RETURN NEW;
END;
$$;

CREATE TRIGGER find_zones BEFORE INSERT OR UPDATE OF position ON harbour.boat
FOR EACH ROW EXECUTE FUNCTION harbour.find_zones();

-- A boat as the page has it.
CREATE FUNCTION harbour.describe(boat harbour.boat) RETURNS jsonb LANGUAGE sql STABLE
RETURN jsonb_build_object(
  'id', boat.id, 'name', boat.name, 'colour', boat.colour, 'x', boat.position[0], 'y', boat.position[1]
);

-- Every change of a boat is told on the channel "boats": where it is, and the zones that it has entered and left.
CREATE FUNCTION harbour.tell() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  before integer[] := CASE WHEN TG_OP = 'UPDATE' THEN OLD.zones ELSE '{}' END;
BEGIN
  PERFORM pg_notify('boats', (
    harbour.describe(NEW) || jsonb_build_object(
      'entered', ARRAY(SELECT name FROM harbour.zone WHERE id = ANY (NEW.zones) AND id <> ALL (before) ORDER BY id),
      'left', ARRAY(SELECT name FROM harbour.zone WHERE id = ANY (before) AND id <> ALL (NEW.zones) ORDER BY id)
    )
  )::text);
  RETURN NULL;
END;
$$;

CREATE TRIGGER tell AFTER INSERT OR UPDATE ON harbour.boat FOR EACH ROW EXECUTE FUNCTION harbour.tell();

-- One step of all boats; one that would leave the map turns round.
CREATE FUNCTION harbour.sail() RETURNS void LANGUAGE sql BEGIN ATOMIC
  UPDATE harbour.boat SET heading = point(
    CASE WHEN position[0] + heading[0] BETWEEN 0 AND 100 THEN heading[0] ELSE -heading[0] END,
    CASE WHEN position[1] + heading[1] BETWEEN 0 AND 60 THEN heading[1] ELSE -heading[1] END
  ) WHERE heading <> point '(0,0)';
  UPDATE harbour.boat SET position = position + heading WHERE heading <> point '(0,0)';
END;

-- What the page sends comes here: {} asks for everything, {"boat": 1, "x": 2, "y": 0} moves a boat.
CREATE FUNCTION harbour.receive(channel text, message text, claims jsonb) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  request jsonb := message::jsonb;
BEGIN
  IF request ? 'boat' THEN
    UPDATE harbour.boat SET position = position + point((request ->> 'x')::float8, (request ->> 'y')::float8)
    WHERE id = (request ->> 'boat')::integer;
    RETURN NULL;
  END IF;
  RETURN jsonb_build_object(
    'boats', (SELECT jsonb_agg(harbour.describe(boat) ORDER BY id) FROM harbour.boat),
    'zones', (SELECT jsonb_agg(jsonb_build_object('name', name, 'outline', outline::text) ORDER BY id) FROM harbour.zone)
  );
END;
$$;

REVOKE EXECUTE ON FUNCTION harbour.receive FROM PUBLIC;
GRANT EXECUTE ON FUNCTION harbour.receive TO sailor;

INSERT INTO harbour.zone VALUES
  (1, 'Harbour', '((14,12),(32,10),(34,24),(18,27))'),
  (2, 'Regatta', '((58,30),(82,26),(88,46),(66,50))');

INSERT INTO harbour.boat (id, name, colour, position, heading) VALUES
  (1, 'Pelican', 'crimson', '(40,20)', '(0,0)'),
  (2, 'Heron', 'seagreen', '(48,52)', '(0.7,-0.25)'),
  (3, 'Gull', 'darkorange', '(90,12)', '(-0.5,0.4)');
