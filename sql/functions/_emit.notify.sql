-- needs: _announce
-- Delivery "notify". A function that is replaced while others call it must keep its language: a session may have looked
-- up the former function and then read the body of the new one.
CREATE OR REPLACE FUNCTION crossbar._emit(topic text, options jsonb, args jsonb, kwargs jsonb)
RETURNS bigint
-- Without SET search_path, so that it is inlined into crossbar.publish.
LANGUAGE sql VOLATILE PARALLEL UNSAFE
RETURN crossbar._announce(topic, options, args, kwargs);
