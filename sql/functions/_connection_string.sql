-- How libpq is told of a link. Everything is said, so that no variable of the server's environment gets a word in.
-- A Caller whose machine is gone is known to be after five seconds, whether the session has sent something (tcp_user_timeout) or waits
-- (keepalives).
-- https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING
CREATE OR REPLACE FUNCTION crossbar._connection_string(link crossbar._link)
RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
SELECT string_agg(format('%s=''%s''', name, replace(replace(value, '\', '\\'), '''', '\''')), ' ')
FROM (VALUES
  ('host', link.host),
  ('port', link.port::text),
  ('dbname', link.realm),
  ('user', 'crossbar'),
  ('password', link.secret),
  ('sslmode', CASE WHEN link.tls THEN 'require' ELSE 'disable' END),
  ('gssencmode', 'disable'),
  ('connect_timeout', '5'),
  ('tcp_user_timeout', '5000'),
  ('keepalives', '1'),
  ('keepalives_idle', '3'),
  ('keepalives_interval', '1'),
  ('keepalives_count', '3')
) AS parameter (name, value)
$$;

REVOKE ALL ON FUNCTION crossbar._connection_string(crossbar._link) FROM PUBLIC;
