-- Quotes a value of a libpq connection string.
CREATE OR REPLACE FUNCTION crossbar._quoted(value text)
RETURNS text
-- Without SET search_path, so that it is inlined into crossbar._connection_string. The body is bound when the function is created.
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN '''' || replace(replace(value, E'\\', E'\\\\'), '''', E'\\''') || '''';

REVOKE ALL ON FUNCTION crossbar._quoted(text) FROM PUBLIC;
