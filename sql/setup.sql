-- Run once in each database, as superuser, before the first pgwamp component starts.
-- It may be run again: what is there already stays as it is, the password too.

-- 1. The role that components connect as, and the schema that they install into. With this part alone
--    everything works by delivery "outbox".
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'crossbar') THEN
    CREATE ROLE crossbar LOGIN INHERIT;
    -- Change this password to something safe.
    ALTER ROLE crossbar ENCRYPTED PASSWORD 'crossbar';
  END IF;
END
$$;

CREATE SCHEMA IF NOT EXISTS crossbar AUTHORIZATION crossbar;

GRANT USAGE ON SCHEMA crossbar TO public;

-- 2. Delivery "wal": publications leave through the write-ahead log, in commit order and at almost no cost to the
--    writer. It also needs wal_level = logical in postgresql.conf. The publication names no table: it only opens
--    the door for logical messages.
--    Mind the password: a role with REPLICATION can copy the whole cluster, if pg_hba.conf lets it.
ALTER ROLE crossbar REPLICATION;

DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_publication WHERE pubname = 'crossbar') THEN
    CREATE PUBLICATION crossbar;
  END IF;
END
$$;

-- 3. dblink: crossbar.call, and autonomous publications in the deliveries "outbox" and "notify". For crossbar.call it must lie in this
--    schema, which nobody but role crossbar may use: whoever can use dblink could speak over its connection in the name of others.
--    Where it lies elsewhere: ALTER EXTENSION dblink SET SCHEMA crossbar_dblink.
CREATE SCHEMA IF NOT EXISTS crossbar_dblink;

CREATE EXTENSION IF NOT EXISTS dblink SCHEMA crossbar_dblink;

GRANT USAGE ON SCHEMA crossbar_dblink TO crossbar;

GRANT USAGE ON FOREIGN DATA WRAPPER dblink_fdw TO crossbar;
