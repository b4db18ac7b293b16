-- A table that pages show as it changes. There is no trigger: the Gateway reads the changes out of PostgreSQL's log.

-- The role that the Gateway connects as. It needs REPLICATION to read the log.
CREATE ROLE gateway LOGIN REPLICATION PASSWORD 'gateway';

CREATE TABLE public.stock (
  id integer PRIMARY KEY,
  name text NOT NULL,
  price numeric(10, 2) NOT NULL CHECK (price > 0),
  pieces integer NOT NULL CHECK (pieces >= 0)
);

INSERT INTO public.stock VALUES (1, 'Apples', 2.40, 120), (2, 'Pears', 3.10, 64), (3, 'Plums', 4.95, 15);

GRANT SELECT ON public.stock TO gateway;

-- What the page sends comes here: it asks for the rows when it begins, and after a gap.
CREATE FUNCTION public.stock_rows(channel text, message text, claims jsonb) RETURNS text LANGUAGE sql STABLE
RETURN (SELECT coalesce(json_agg(stock ORDER BY id), '[]') FROM public.stock);
