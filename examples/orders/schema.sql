-- Orders, the two functions that the page calls, and what the Proxy reads. There is no trigger.

-- The role that the functions run as. It can do nothing else.
CREATE ROLE shop NOLOGIN;
GRANT shop TO crossbar;

CREATE TABLE public.orders (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  customer text NOT NULL,
  item text NOT NULL,
  pieces integer NOT NULL CHECK (pieces > 0),
  -- For the bank alone: the Proxy leaves it out.
  card_number text,
  state text NOT NULL DEFAULT 'placed' CHECK (state IN ('placed', 'packed'))
);

GRANT INSERT ON public.orders TO shop;
GRANT SELECT (id, customer, item, pieces, state) ON public.orders TO shop;

CREATE PUBLICATION pgwamp_proxy FOR TABLE public.orders;

CREATE FUNCTION public.place_order(customer text, item text, pieces integer, card_number text DEFAULT NULL) RETURNS bigint
LANGUAGE sql
BEGIN ATOMIC
  INSERT INTO public.orders (customer, item, pieces, card_number) VALUES (customer, item, pieces, card_number) RETURNING id;
END;

CREATE FUNCTION public.all_orders() RETURNS jsonb LANGUAGE sql STABLE
RETURN (
  SELECT coalesce(jsonb_agg(jsonb_build_object('id', id, 'customer', customer, 'item', item, 'pieces', pieces, 'state', state) ORDER BY id), '[]')
  FROM public.orders
);

SELECT crossbar.register('com.example.place_order', 'public.place_order(text, text, integer, text)', '{"run_as": "shop"}');
SELECT crossbar.register('com.example.all_orders', 'public.all_orders()', '{"run_as": "shop"}');
