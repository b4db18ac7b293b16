-- Run once in each database, as superuser, before the first pgwamp component starts.
-- It may be run again: what is there already stays as it is, the password too.
-- Where nobody is superuser, as with managed PostgreSQL, psql runs it part by part; each part says what does not work without it.

-- 1. The role that components connect as, and the schema that they install into. Nothing works without this part. With it alone,
--    publications take delivery "outbox". It needs a role that may create roles, and schemas in this database.
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'crossbar') THEN
    CREATE ROLE crossbar LOGIN INHERIT;
    -- Change this password to something safe.
    ALTER ROLE crossbar ENCRYPTED PASSWORD 'crossbar';
  END IF;
END
$$;

-- Who is not superuser must be a member of the role to give it a schema.
DO $$
BEGIN
  IF NOT (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user) THEN
    EXECUTE pg_catalog.format('GRANT crossbar TO %I', current_user);
  END IF;
END
$$;

CREATE SCHEMA IF NOT EXISTS crossbar AUTHORIZATION crossbar;

GRANT USAGE ON SCHEMA crossbar TO public;

-- 2. Delivery "wal": publications leave through the write-ahead log, in commit order and at almost no cost to the
--    writer. It also needs wal_level = logical in postgresql.conf. The publication names no table: it only opens
--    the door for logical messages. Without this part, "auto" takes delivery "outbox".
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
--    Without this part there is neither; crossbar.call_async works, and so do all four components.
--    Where it lies elsewhere: ALTER EXTENSION dblink SET SCHEMA crossbar_dblink.
CREATE SCHEMA IF NOT EXISTS crossbar_dblink;

CREATE EXTENSION IF NOT EXISTS dblink SCHEMA crossbar_dblink;

GRANT USAGE ON SCHEMA crossbar_dblink TO crossbar;

GRANT USAGE ON FOREIGN DATA WRAPPER dblink_fdw TO crossbar;

-- 4. The role that functions run in the sessions of, if extra.database.worker of Callee, Subscriber and Caller says so. It owns nothing, and has no
--    right but to become the roles that functions run as: grant those to it, and not to crossbar. Without this part functions run in sessions
--    of crossbar, and every function that is registered can go back to that role: then only those may register who are trusted with it.
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
