-- Run this file once in each database, as superuser, before the first pgwamp component starts.
-- It can be run repeatedly: existing objects, including the passwords, are not changed.
-- If no superuser is available, as with managed PostgreSQL, run it with psql part by part. Each part says what does not work
-- without it.

-- 1. The role that components connect as, and the schema that they install into. Nothing works without this part. With this
--    part alone, publications use delivery "outbox". It requires a role that may create roles, and schemas in this database.
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'crossbar') THEN
    CREATE ROLE crossbar LOGIN INHERIT;
    -- Change this password to something safe.
    ALTER ROLE crossbar ENCRYPTED PASSWORD 'crossbar';
  END IF;
END
$$;

-- A role that is not superuser must be a member of role crossbar to give it a schema.
DO $$
BEGIN
  IF NOT (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user) THEN
    EXECUTE pg_catalog.format('GRANT crossbar TO %I', current_user);
  END IF;
END
$$;

CREATE SCHEMA IF NOT EXISTS crossbar AUTHORIZATION crossbar;

GRANT USAGE ON SCHEMA crossbar TO public;

-- 2. Delivery "wal": publications leave through the write-ahead log, in commit order and at almost no cost to the writer. It
--    also requires wal_level = logical in postgresql.conf. The publication contains no table, because it is only needed for
--    logical messages. Without this part, "auto" uses delivery "outbox". Choose a safe password: a role with REPLICATION can
--    copy the whole cluster if pg_hba.conf allows it.
ALTER ROLE crossbar REPLICATION;

DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_publication WHERE pubname = 'crossbar') THEN
    CREATE PUBLICATION crossbar;
  END IF;
END
$$;

-- 3. dblink: for crossbar.call, and for autonomous publications with the deliveries "outbox" and "notify". For crossbar.call it
--    must be in this schema, which only role crossbar may use: any role that may use dblink could use its connection in the
--    name of others. Without this part, these features do not work. crossbar.call_async and all four components do. If dblink
--    is in another schema: ALTER EXTENSION dblink SET SCHEMA crossbar_dblink.
CREATE SCHEMA IF NOT EXISTS crossbar_dblink;

CREATE EXTENSION IF NOT EXISTS dblink SCHEMA crossbar_dblink;

GRANT USAGE ON SCHEMA crossbar_dblink TO crossbar;

GRANT USAGE ON FOREIGN DATA WRAPPER dblink_fdw TO crossbar;

-- 4. The login role for the sessions that run functions, if extra.database.worker is set. It
--    owns nothing. Its only privilege is to SET ROLE to the roles that functions run as: grant these roles to it, and not to
--    crossbar. Without this part, functions run in sessions of crossbar, and every registered function can RESET ROLE to it. In
--    that case, only allow roles to register that you trust with the rights of crossbar.
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'crossbar_worker') THEN
    CREATE ROLE crossbar_worker LOGIN NOINHERIT;
    -- Change this password to something safe.
    ALTER ROLE crossbar_worker ENCRYPTED PASSWORD 'crossbar_worker';
  END IF;
END
$$;

GRANT USAGE ON SCHEMA crossbar TO crossbar_worker;
