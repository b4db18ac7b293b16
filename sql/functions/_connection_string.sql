-- needs: _quoted
-- Returns the libpq connection string for a link. It contains every parameter, so that environment variables of the
-- server have no effect.
-- If the machine of a Caller fails, libpq notices it within five seconds: after the session has sent data
-- (tcp_user_timeout), and while it waits (keepalives). Since PostgreSQL 16, libpq does not send the secret to a server
-- that requests it in clear text (require_auth).
-- https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING
CREATE OR REPLACE FUNCTION crossbar._connection_string(link crossbar._link)
RETURNS text
-- Without SET search_path, so that it is inlined. Then the secret is a column of the query and not a constant of its
-- plan, which debug_print_plan shows. The body is bound when the function is created.
LANGUAGE sql STABLE PARALLEL SAFE
RETURN 'host=' || crossbar._quoted(link.host) || ' port=' || link.port::text || ' dbname=' || crossbar._quoted(link.realm)
  || ' user=crossbar password=' || crossbar._quoted(link.secret) || ' sslmode=' || CASE WHEN link.tls THEN 'require' ELSE 'disable' END
  || CASE WHEN current_setting('server_version_num')::integer >= 160000 THEN ' require_auth=scram-sha-256' ELSE '' END
  || ' gssencmode=disable connect_timeout=5 tcp_user_timeout=5000'
  || ' keepalives=1 keepalives_idle=3 keepalives_interval=1 keepalives_count=3';

REVOKE ALL ON FUNCTION crossbar._connection_string(crossbar._link) FROM PUBLIC;
