-- A number for a publication or a call: 53 bits, in no order, and unique for all practical purposes, as WAMP ids of global scope are.
-- It is from no sequence, because that would change lastval() under a program that inserts a row and asks for its number while a trigger
-- publishes. It is not from random(), because setseed() makes that repeat itself.
CREATE OR REPLACE FUNCTION crossbar._new_publication_id()
RETURNS bigint
-- Without SET search_path, so that it is inlined. The body is bound when the function is created.
LANGUAGE sql VOLATILE PARALLEL UNSAFE
-- The microsecond and the session: within a session, a publication takes longer than a microsecond.
RETURN 1 + (9007199254740991 & hashfloat8extended(date_part('epoch', clock_timestamp()), pg_backend_pid()));
