-- Returns a number for a publication or a call: 53 bits, in no order, and unique for all practical purposes, like WAMP
-- ids of the global scope. It does not come from a sequence, because that would change lastval() for a program that
-- inserts a row and reads its number while a trigger publishes. It does not come from random(), because setseed() makes
-- that repeatable.
CREATE OR REPLACE FUNCTION crossbar._new_publication_id()
RETURNS bigint
-- Without SET search_path, so that it is inlined. The body is bound when the function is created.
LANGUAGE sql VOLATILE PARALLEL UNSAFE
-- The microsecond and the session are unique, because a publication in a session takes longer than a microsecond.
RETURN 1 + (9007199254740991 & hashfloat8extended(date_part('epoch', clock_timestamp()), pg_backend_pid()));
