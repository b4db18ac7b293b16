-- A number for a publication: 53 bits, no order, and no two alike for all practical purposes, as WAMP's own ids of global scope are.
-- Not from a sequence, which would change lastval() under a program that inserts a row and asks for its number, with a trigger
-- that publishes in between; nor from random(), which setseed() makes repeat itself.
CREATE OR REPLACE FUNCTION crossbar.new_publication_id()
RETURNS bigint
-- Without SET search_path, so that it is inlined into crossbar.emit, which has one.
LANGUAGE sql VOLATILE PARALLEL UNSAFE
AS $$
  -- The microsecond and the session: within a session, a publication takes longer than a microsecond.
  SELECT 1 + (9007199254740991 & hashfloat8extended(date_part('epoch', clock_timestamp()), pg_backend_pid()))
$$;
