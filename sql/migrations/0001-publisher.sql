-- What the installer has done, so that the next one knows what is left to do.
CREATE TABLE crossbar.migration (
  version integer PRIMARY KEY,
  name text NOT NULL,
  checksum text NOT NULL,
  applied_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE crossbar.function_file (
  name text PRIMARY KEY,
  checksum text NOT NULL,
  applied_at timestamptz NOT NULL DEFAULT now()
);

-- The delivery in force: one row.
CREATE TABLE crossbar.delivery (
  mode text NOT NULL CHECK (mode IN ('wal', 'outbox', 'notify')),
  since timestamptz NOT NULL DEFAULT now()
);

CREATE UNIQUE INDEX delivery_is_one_row ON crossbar.delivery ((true));

-- The realms that publications go to: each has been served by a Publisher at least once.
-- slot: the name of its replication slot, if delivery "wal" has one.
-- waiting: its Publisher has nothing to do and wants a NOTIFY as a hint that the outbox has something.
CREATE TABLE crossbar.realm (
  realm text PRIMARY KEY,
  slot name NOT NULL UNIQUE,
  waiting boolean NOT NULL DEFAULT false,
  since timestamptz NOT NULL DEFAULT now()
);

-- Publications on their way by delivery "outbox", deleted when the router has them.
-- lsn: where the write-ahead log was when it was published. It only grows, and every row moves it on, so it orders what a session
-- publishes, and what one session publishes after it has seen what another one published.
-- content: see crossbar.content_of_publication.
CREATE TABLE crossbar.outbox (
  realm text NOT NULL,
  lsn pg_lsn NOT NULL,
  id bigint NOT NULL,
  content text NOT NULL,
  PRIMARY KEY (realm, lsn, id)
) WITH (
  -- A queue: nearly all rows are dead most of the time, so that a share of the table says nothing.
  autovacuum_vacuum_scale_factor = 0,
  autovacuum_vacuum_threshold = 5000,
  autovacuum_vacuum_insert_scale_factor = 0,
  autovacuum_vacuum_insert_threshold = 100000
);

-- Publications that the router refused, kept until somebody deletes them.
-- topic to kwargs are NULL when the message was not one of crossbar.publish: then content has it as it came.
CREATE TABLE crossbar.refused_publication (
  realm text NOT NULL,
  id bigint NOT NULL,
  topic text,
  options jsonb,
  args jsonb,
  kwargs jsonb,
  content text,
  error text NOT NULL,
  error_args jsonb NOT NULL DEFAULT '[]',
  error_kwargs jsonb NOT NULL DEFAULT '{}',
  refused_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (realm, id)
);

-- What the router answered to publications with the option acknowledge.
CREATE TABLE crossbar.acknowledgement (
  realm text NOT NULL,
  id bigint NOT NULL,
  publication bigint NOT NULL,
  acknowledged_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (realm, id)
);

CREATE INDEX acknowledgement_id ON crossbar.acknowledgement (id);
CREATE INDEX acknowledgement_age ON crossbar.acknowledgement (acknowledged_at);
CREATE INDEX refused_publication_id ON crossbar.refused_publication (id);

-- The outcome of publications, by the number that crossbar.publish returned.
CREATE VIEW crossbar.publications AS
  SELECT id, realm, 'acknowledged' AS state, publication, NULL::text AS error, NULL::jsonb AS error_args,
    NULL::jsonb AS error_kwargs, acknowledged_at AS settled_at
  FROM crossbar.acknowledgement
  UNION ALL
  SELECT id, realm, 'refused', NULL, error, error_args, error_kwargs, refused_at
  FROM crossbar.refused_publication
  UNION ALL
  SELECT id, realm, 'waiting', NULL, NULL, NULL, NULL, NULL
  FROM crossbar.outbox;

-- What stands between the database and each realm.
CREATE VIEW crossbar.realms AS
  SELECT realm.realm, (SELECT mode FROM crossbar.delivery) AS delivery, realm.slot, slot.active,
    pg_wal_lsn_diff(CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END, slot.confirmed_flush_lsn) AS lag_bytes,
    pg_wal_lsn_diff(CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END, slot.restart_lsn) AS retained_bytes,
    slot.wal_status,
    (SELECT count(*) FROM crossbar.outbox WHERE outbox.realm = realm.realm) AS outbox,
    (SELECT count(*) FROM crossbar.refused_publication AS refused WHERE refused.realm = realm.realm) AS refused,
    realm.since
  FROM crossbar.realm LEFT JOIN pg_replication_slots AS slot ON slot.slot_name = realm.slot;
