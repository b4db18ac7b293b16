-- Every change of an order becomes an event. The card number stays in the database.
CREATE TABLE orders (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  customer text NOT NULL,
  amount numeric(12, 2) NOT NULL,
  card_number text
);

CREATE TRIGGER orders_changed AFTER INSERT OR UPDATE OR DELETE ON orders
  FOR EACH ROW EXECUTE FUNCTION crossbar.publish_row_change('com.example.orders', '{"exclude": ["card_number"]}');
