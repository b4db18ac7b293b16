-- Removes pgwamp from this database, as superuser: replication slots, publication, schema, and the role, unless another
-- database of the cluster uses it. Stop the components first. A running component is disconnected.
-- This also drops the triggers that call crossbar.publish_row_change. All changes are made in one transaction.
BEGIN;

-- A disconnected component reconnects immediately. It reads this table before it creates a slot, so the lock makes it wait.
DO $$
BEGIN
  IF pg_catalog.to_regclass('crossbar._delivery') IS NOT NULL THEN
    LOCK TABLE crossbar._delivery IN ACCESS EXCLUSIVE MODE;
  END IF;
  PERFORM pg_catalog.pg_terminate_backend(pid, 10000) FROM pg_catalog.pg_stat_activity
    WHERE usename IN ('crossbar', 'crossbar_worker') AND datname = pg_catalog.current_database() AND pid <> pg_catalog.pg_backend_pid();
END
$$;

-- A slot that a walsender holds cannot be dropped, so the walsender is terminated first.
DO $$
DECLARE
  slot record;
BEGIN
  FOR slot IN
    SELECT slot_name, active_pid FROM pg_catalog.pg_replication_slots
    WHERE database = pg_catalog.current_database() AND slot_name ~ '^crossbar_[0-9]+_'
  LOOP
    IF slot.active_pid IS NOT NULL THEN
      PERFORM pg_catalog.pg_terminate_backend(slot.active_pid, 10000);
    END IF;
    PERFORM pg_catalog.pg_drop_replication_slot(slot.slot_name);
  END LOOP;
END
$$;

DROP PUBLICATION IF EXISTS crossbar;

DO $$
BEGIN
  IF EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'crossbar') THEN
    DROP OWNED BY crossbar CASCADE;
  END IF;
  IF EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'crossbar_worker') THEN
    DROP OWNED BY crossbar_worker CASCADE;
  END IF;
END
$$;

DROP SCHEMA IF EXISTS crossbar CASCADE;

-- This only drops dblink if setup.sql has created it.
DROP SCHEMA IF EXISTS crossbar_dblink CASCADE;

-- All databases of the cluster share the roles. A role remains while it owns something in another database.
DO $$
BEGIN
  DROP ROLE IF EXISTS crossbar;
EXCEPTION
  WHEN dependent_objects_still_exist THEN
    RAISE NOTICE 'role crossbar is still used in another database and stays';
END
$$;

DO $$
BEGIN
  DROP ROLE IF EXISTS crossbar_worker;
EXCEPTION
  WHEN dependent_objects_still_exist THEN
    RAISE NOTICE 'role crossbar_worker is still used in another database and stays';
END
$$;

COMMIT;
