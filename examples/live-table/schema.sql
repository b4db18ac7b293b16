-- A table that pages show as it changes. There is no trigger: the Gateway reads the changes out of PostgreSQL's log.

-- The role that the Gateway runs stock_rows as. It can do nothing else.
CREATE ROLE visitor;
GRANT visitor TO crossbar;

CREATE TABLE public.stock (
  id integer PRIMARY KEY,
  name text NOT NULL,
  price numeric(10, 2) NOT NULL CHECK (price > 0),
  pieces integer NOT NULL CHECK (pieces >= 0)
);

INSERT INTO public.stock VALUES (1, 'Apples', 2.40, 120), (2, 'Pears', 3.10, 64), (3, 'Plums', 4.95, 15);

-- The Gateway makes it where its role owns the tables.
CREATE PUBLICATION pgwamp_gateway FOR TABLE public.stock;

-- What the page sends comes here: it asks for the rows when it begins, and after a gap. Numbers are text in the answer, so that JavaScript
-- shows every digit.
CREATE FUNCTION public.stock_rows(channel text, message text, claims jsonb) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
RETURN (
  SELECT coalesce(json_agg(json_build_object('id', id, 'name', name, 'price', price::text, 'pieces', pieces) ORDER BY id), '[]')
  FROM public.stock
);

REVOKE EXECUTE ON FUNCTION public.stock_rows FROM PUBLIC;
GRANT EXECUTE ON FUNCTION public.stock_rows TO visitor;
