/** A small shop in SQL: orders that change their states, and a thermometer in its cellar. */
export const shop = `CREATE TABLE orders (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  customer text NOT NULL,
  amount numeric(12, 2) NOT NULL,
  state text NOT NULL DEFAULT 'new',
  card_number text
);

-- Every change of an order is an event. The card number stays in the database.
CREATE TRIGGER orders_changed AFTER INSERT OR UPDATE OR DELETE ON orders
  FOR EACH ROW EXECUTE FUNCTION crossbar.publish_row_change('com.example.orders', '{"exclude": ["card_number"]}');

CREATE TABLE temperature (
  measured_at timestamptz PRIMARY KEY DEFAULT clock_timestamp(),
  celsius numeric(4, 1) NOT NULL
);

-- An event of one's own making.
CREATE FUNCTION temperature_measured() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM crossbar.publish(
    'com.example.temperature',
    jsonb_build_array(NEW.celsius),
    jsonb_build_object('published_at', clock_timestamp())
  );
  RETURN NEW;
END
$$;

CREATE TRIGGER temperature_measured AFTER INSERT ON temperature
  FOR EACH ROW EXECUTE FUNCTION temperature_measured();`;

/** A function to call, which runs as a role without other privileges. */
export const turnover = `CREATE ROLE shopkeeper;
GRANT shopkeeper TO crossbar;
GRANT SELECT ON orders TO shopkeeper;
CREATE FUNCTION turnover(customer text) RETURNS numeric LANGUAGE sql STABLE
  RETURN (SELECT coalesce(sum(amount), 0) FROM public.orders WHERE orders.customer = turnover.customer);
COMMENT ON FUNCTION turnover IS 'The sum of the orders of a customer.';
SELECT crossbar.register('com.example.turnover', 'turnover(text)', '{"run_as": "shopkeeper"}');`;

/** A function that handles events, with the same role. */
export const warmest = `CREATE TABLE cellar (warmest numeric NOT NULL);
INSERT INTO cellar VALUES (0);
GRANT SELECT, UPDATE ON cellar TO shopkeeper;
CREATE FUNCTION note_temperature(celsius numeric, published_at timestamptz DEFAULT NULL) RETURNS void LANGUAGE sql
  AS 'UPDATE public.cellar SET warmest = celsius WHERE warmest < celsius';
COMMENT ON FUNCTION note_temperature IS 'Keeps the highest temperature of the cellar.';
SELECT crossbar.subscribe('com.example.temperature', 'note_temperature(numeric, timestamptz)', '{"run_as": "shopkeeper"}');`;

/** The topics of its events. */
export const topics = ['com.example.orders', 'com.example.temperature'];
