-- Removes everything of pgwamp from this database, as superuser: replication slots, publication, schema, and, where no
-- other database of the cluster uses it, the role. Stop the components first; one that still runs is disconnected.
-- The triggers that call crossbar.publish_row_change go as well. All or nothing: it is one transaction.
BEGIN;

-- A component that is disconnected comes back at once. Before it makes a slot it reads this table, and so it waits.
DO $$
BEGIN
  IF pg_catalog.to_regclass('crossbar._delivery') IS NOT NULL THEN
    LOCK TABLE crossbar._delivery IN ACCESS EXCLUSIVE MODE;
  END IF;
  PERFORM pg_catalog.pg_terminate_backend(pid, 10000) FROM pg_catalog.pg_stat_activity
    WHERE usename IN ('crossbar', 'crossbar_worker') AND datname = pg_catalog.current_database() AND pid <> pg_catalog.pg_backend_pid();
END
$$;

-- A slot that a walsender holds cannot be dropped, so its walsender is ended and waited for.
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

-- dblink goes only if setup.sql brought it.
DROP SCHEMA IF EXISTS crossbar_dblink CASCADE;

-- The roles are shared by the databases of the cluster: each stays while another database still has something of its.
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
