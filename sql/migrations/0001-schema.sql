-- Names that begin with "_" are internal. Every other table, view, type and column has a COMMENT.

-- What is wrong with a call of a public function. Checks return it, and the public function raises it: so the CONTEXT of an error names no function
-- that is internal. condition: NULL if nothing is wrong, else a name or SQLSTATE. detail: of WAMP errors, which have no hint.
CREATE TYPE crossbar._problem AS (condition text, message text, hint text, detail text);

-- The delivery in force: one row. It has a key, because a publication of all tables refuses an UPDATE of a table without one.
-- cluster: the system identifier of the cluster that the positions in crossbar.outbox are of. See crossbar._adopt_outbox.
CREATE TABLE crossbar._delivery (
  one_row boolean PRIMARY KEY DEFAULT true CHECK (one_row),
  mode text NOT NULL CHECK (mode IN ('wal', 'outbox', 'notify')),
  cluster bigint,
  since timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE crossbar.realm (
  realm text PRIMARY KEY,
  slot name NOT NULL UNIQUE,
  waiting boolean NOT NULL DEFAULT false,
  since timestamptz NOT NULL DEFAULT now()
);

COMMENT ON TABLE crossbar.realm IS 'The realms that publications go to. A Publisher adds its realm at its first start. Delete the row of a realm that no Publisher serves any more.';
COMMENT ON COLUMN crossbar.realm.realm IS 'Name of the realm.';
COMMENT ON COLUMN crossbar.realm.slot IS 'Name of the replication slot that the realm has by delivery "wal".';
COMMENT ON COLUMN crossbar.realm.waiting IS 'Whether the Publisher sleeps and wants a NOTIFY when the outbox gets a row.';
COMMENT ON COLUMN crossbar.realm.since IS 'When the realm was added.';

-- The realms that may still have publications of the delivery that was in force before. Each Publisher removes the row of its realm when it has
-- delivered them. The delivery is not changed again before, so that nothing older than this is left.
CREATE TABLE crossbar._former_delivery (
  realm text PRIMARY KEY REFERENCES crossbar.realm ON UPDATE CASCADE ON DELETE CASCADE,
  mode text NOT NULL CHECK (mode IN ('wal', 'outbox'))
);

-- lsn: position of the write-ahead log at the time of the publication. It only grows, and every row advances it. So it orders the publications of
-- one session, and those that a session makes after it has seen the publication of another session.
-- content: see crossbar._content_of_publication.
CREATE TABLE crossbar.outbox (
  realm text NOT NULL,
  lsn pg_lsn NOT NULL,
  id bigint NOT NULL,
  content text NOT NULL,
  PRIMARY KEY (realm, lsn, id)
) WITH (
  -- A queue: nearly all rows are dead most of the time, so a share of the table is no useful threshold.
  autovacuum_vacuum_scale_factor = 0,
  autovacuum_vacuum_threshold = 5000,
  autovacuum_vacuum_insert_scale_factor = 0,
  autovacuum_vacuum_insert_threshold = 100000
);

COMMENT ON TABLE crossbar.outbox IS 'Publications of delivery "outbox". The Publisher deletes a row when the router has it.';
COMMENT ON COLUMN crossbar.outbox.realm IS 'Realm that the publication goes to.';
COMMENT ON COLUMN crossbar.outbox.lsn IS 'Position of the write-ahead log at the time of the publication.';
COMMENT ON COLUMN crossbar.outbox.id IS 'Number that crossbar.publish returned.';
COMMENT ON COLUMN crossbar.outbox.content IS 'Topic, options, args and kwargs, one line each.';

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

CREATE INDEX refused_publication_id ON crossbar.refused_publication (id);

COMMENT ON TABLE crossbar.refused_publication IS 'Publications that the router refused. A row stays until you delete it.';
COMMENT ON COLUMN crossbar.refused_publication.realm IS 'Realm whose router refused the publication.';
COMMENT ON COLUMN crossbar.refused_publication.id IS 'Number that crossbar.publish returned.';
COMMENT ON COLUMN crossbar.refused_publication.topic IS 'Topic. NULL if crossbar.publish did not make the message; then content has it.';
COMMENT ON COLUMN crossbar.refused_publication.options IS 'Options of the publication.';
COMMENT ON COLUMN crossbar.refused_publication.args IS 'Positional arguments.';
COMMENT ON COLUMN crossbar.refused_publication.kwargs IS 'Keyword arguments.';
COMMENT ON COLUMN crossbar.refused_publication.content IS 'The message as it was read, if it is not a publication of crossbar.publish.';
COMMENT ON COLUMN crossbar.refused_publication.error IS 'URI of the WAMP error.';
COMMENT ON COLUMN crossbar.refused_publication.error_args IS 'Positional arguments of the error.';
COMMENT ON COLUMN crossbar.refused_publication.error_kwargs IS 'Keyword arguments of the error.';
COMMENT ON COLUMN crossbar.refused_publication.refused_at IS 'When the router refused it.';

-- The router's acknowledgements of publications with the option acknowledge.
CREATE TABLE crossbar._acknowledgement (
  realm text NOT NULL,
  id bigint NOT NULL,
  publication bigint NOT NULL,
  acknowledged_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (realm, id)
);

CREATE INDEX _acknowledgement_id ON crossbar._acknowledgement (id);
CREATE INDEX _acknowledgement_age ON crossbar._acknowledgement (acknowledged_at);

CREATE VIEW crossbar.publications AS
  SELECT id, realm, 'acknowledged' AS state, publication, NULL::text AS error, NULL::jsonb AS error_args,
    NULL::jsonb AS error_kwargs, acknowledged_at AS settled_at
  FROM crossbar._acknowledgement
  UNION ALL
  SELECT id, realm, 'refused', NULL, error, error_args, error_kwargs, refused_at
  FROM crossbar.refused_publication
  UNION ALL
  SELECT id, realm, 'waiting', NULL, NULL, NULL, NULL, NULL
  FROM crossbar.outbox;

COMMENT ON VIEW crossbar.publications IS 'Outcomes of publications, one row for each publication and realm.';
COMMENT ON COLUMN crossbar.publications.id IS 'Number that crossbar.publish returned.';
COMMENT ON COLUMN crossbar.publications.realm IS 'Realm of the outcome.';
COMMENT ON COLUMN crossbar.publications.state IS 'acknowledged, refused, or waiting (by delivery "outbox" only).';
COMMENT ON COLUMN crossbar.publications.publication IS 'Publication id of the router, when acknowledged.';
COMMENT ON COLUMN crossbar.publications.error IS 'URI of the WAMP error, when refused.';
COMMENT ON COLUMN crossbar.publications.error_args IS 'Positional arguments of the error.';
COMMENT ON COLUMN crossbar.publications.error_kwargs IS 'Keyword arguments of the error.';
COMMENT ON COLUMN crossbar.publications.settled_at IS 'When the outcome was written.';

CREATE VIEW crossbar.realms AS
  SELECT realm.realm, (SELECT mode FROM crossbar._delivery) AS delivery, realm.slot, slot.active,
    pg_wal_lsn_diff(CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END, slot.confirmed_flush_lsn) AS lag_bytes,
    pg_wal_lsn_diff(CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END, slot.restart_lsn) AS retained_bytes,
    slot.wal_status,
    (SELECT count(*) FROM crossbar.outbox WHERE outbox.realm = realm.realm) AS outbox,
    (SELECT count(*) FROM crossbar.refused_publication AS refused WHERE refused.realm = realm.realm) AS refused,
    realm.since
  FROM crossbar.realm LEFT JOIN pg_replication_slots AS slot ON slot.slot_name = realm.slot;

COMMENT ON VIEW crossbar.realms IS 'The backlog between the database and each realm.';
COMMENT ON COLUMN crossbar.realms.realm IS 'Name of the realm.';
COMMENT ON COLUMN crossbar.realms.delivery IS 'The delivery in force: wal, outbox or notify. It is the same for all realms of a database.';
COMMENT ON COLUMN crossbar.realms.slot IS 'Name of the replication slot of the realm.';
COMMENT ON COLUMN crossbar.realms.active IS 'Whether a Publisher reads the slot. NULL if there is no slot.';
COMMENT ON COLUMN crossbar.realms.lag_bytes IS 'Bytes of the write-ahead log that the Publisher has not confirmed.';
COMMENT ON COLUMN crossbar.realms.retained_bytes IS 'Bytes of the write-ahead log that PostgreSQL keeps for the slot.';
COMMENT ON COLUMN crossbar.realms.wal_status IS 'Status of that log, as in pg_replication_slots.';
COMMENT ON COLUMN crossbar.realms.outbox IS 'Publications that wait in the outbox.';
COMMENT ON COLUMN crossbar.realms.refused IS 'Publications that the router refused and that nobody has deleted.';
COMMENT ON COLUMN crossbar.realms.since IS 'When the realm was added.';

CREATE TYPE crossbar.result AS (args jsonb, kwargs jsonb);

COMMENT ON TYPE crossbar.result IS 'Return type of a function that sets the positional and keyword arguments of its WAMP result.';
COMMENT ON COLUMN crossbar.result.args IS 'Positional arguments: a JSON array.';
COMMENT ON COLUMN crossbar.result.kwargs IS 'Keyword arguments: a JSON object.';

-- The endpoints that crossbar.register and crossbar.subscribe made.
-- function: as text, so that the row survives DROP FUNCTION with a later CREATE FUNCTION, and a restored dump. It is written as regprocedure writes
--   it with an empty search_path.
-- function_owner: who owned the function when it was registered. Whoever may create in its schema could take its place after a DROP FUNCTION.
-- owner: the role that made it, which may replace and remove it.
-- role: the role that it runs as. NULL: the role that the authrole of its WAMP caller is mapped to.
-- options: as they were given, without match and run_as.
CREATE TABLE crossbar._endpoint (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  kind text NOT NULL CHECK (kind IN ('registration', 'subscription')),
  uri text NOT NULL,
  match text NOT NULL DEFAULT 'exact' CHECK (match IN ('exact', 'prefix', 'wildcard')),
  function text NOT NULL,
  function_owner name,
  owner name NOT NULL,
  role name,
  options jsonb NOT NULL DEFAULT '{}',
  since timestamptz NOT NULL DEFAULT now()
);

-- A procedure has one function. A topic may have several, and each of them in several roles.
CREATE UNIQUE INDEX _endpoint_key ON crossbar._endpoint (
  kind, uri, match,
  (CASE kind WHEN 'subscription' THEN function ELSE '' END),
  (CASE kind WHEN 'subscription' THEN coalesce(role, '') ELSE '' END)
);

-- The state of an endpoint in each component that runs. There is no foreign key to crossbar._endpoint, because a component must never wait for
-- a transaction that registers.
-- process_id, backend_start: of the component's connection, as in pg_stat_activity.
CREATE TABLE crossbar._endpoint_state (
  endpoint bigint NOT NULL,
  realm text NOT NULL,
  process_id integer NOT NULL,
  backend_start timestamptz NOT NULL,
  state text NOT NULL CHECK (state IN ('registered', 'subscribed', 'refused', 'unusable')),
  error text,
  PRIMARY KEY (endpoint, process_id, backend_start)
);

-- Counts of calls and events, of all components together.
CREATE TABLE crossbar._endpoint_count (
  endpoint bigint PRIMARY KEY,
  handled bigint NOT NULL DEFAULT 0,
  failed bigint NOT NULL DEFAULT 0,
  dropped bigint NOT NULL DEFAULT 0,
  last_error text,
  last_error_at timestamptz
);

-- Events that a Subscriber of a queue group has taken, so that no other Subscriber takes them: see crossbar._claim_event.
CREATE TABLE crossbar._claimed_event (
  queue_group text NOT NULL,
  publication bigint NOT NULL,
  claimed_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (queue_group, publication)
);

CREATE INDEX _claimed_event_age ON crossbar._claimed_event (claimed_at);

-- The sessions that functions run in: one row, which components write.
-- login: the role that they log in as.
-- secret: by which they may claim events; see crossbar._claim.
CREATE TABLE crossbar._function_session (
  login name PRIMARY KEY,
  secret text NOT NULL
);

CREATE UNIQUE INDEX _function_session_one_row ON crossbar._function_session ((true));

CREATE TABLE crossbar.failed_event (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  subscription bigint NOT NULL,
  topic text NOT NULL,
  publication bigint NOT NULL,
  args jsonb,
  kwargs jsonb,
  details jsonb,
  error text NOT NULL,
  error_args jsonb NOT NULL DEFAULT '[]',
  error_kwargs jsonb NOT NULL DEFAULT '{}',
  failed_at timestamptz NOT NULL DEFAULT now()
);

COMMENT ON TABLE crossbar.failed_event IS 'Events whose handler failed for good. A row stays until you delete it.';
COMMENT ON COLUMN crossbar.failed_event.id IS 'Number of the row.';
COMMENT ON COLUMN crossbar.failed_event.subscription IS 'Number that crossbar.subscribe returned.';
COMMENT ON COLUMN crossbar.failed_event.topic IS 'Topic of the event.';
COMMENT ON COLUMN crossbar.failed_event.publication IS 'Publication id of the router.';
COMMENT ON COLUMN crossbar.failed_event.args IS 'Positional arguments of the event.';
COMMENT ON COLUMN crossbar.failed_event.kwargs IS 'Keyword arguments of the event.';
COMMENT ON COLUMN crossbar.failed_event.details IS 'WAMP details of the event.';
COMMENT ON COLUMN crossbar.failed_event.error IS 'URI of the WAMP error that the handler failed with.';
COMMENT ON COLUMN crossbar.failed_event.error_args IS 'Positional arguments of the error.';
COMMENT ON COLUMN crossbar.failed_event.error_kwargs IS 'Keyword arguments of the error.';
COMMENT ON COLUMN crossbar.failed_event.failed_at IS 'When the last attempt failed.';

-- Whether a session lives that pg_stat_activity once showed with this process id and start. Process ids come back, also after a restart of the server.
-- Here and not in functions/, because the views below need it. Everybody may execute it, because views check functions as the role that reads.
CREATE FUNCTION crossbar._is_alive(process_id integer, backend_start timestamptz)
RETURNS boolean
LANGUAGE sql STABLE PARALLEL RESTRICTED
RETURN EXISTS (
  -- Of sessions of others a role sees whose they are, but NULL as their start. Only a member of the owner of the schema
  -- can be a component.
  SELECT FROM pg_stat_get_activity(process_id) AS session
  WHERE CASE WHEN session.backend_start IS NULL
    THEN pg_has_role(session.usesysid, (SELECT nspowner FROM pg_namespace WHERE nspname = 'crossbar'), 'MEMBER')
    ELSE session.backend_start = _is_alive.backend_start END
);

-- Which session holds an election. See crossbar._elect.
CREATE TABLE crossbar._election (
  name text PRIMARY KEY,
  process_id integer NOT NULL,
  backend_start timestamptz NOT NULL
);

-- Every endpoint with its state: the best one that a living component reports.
CREATE VIEW crossbar._endpoints AS
  SELECT endpoint.*, coalesce(living.state, 'waiting') AS state, living.error, coalesce(count.handled, 0) AS handled,
    coalesce(count.failed, 0) AS failed, coalesce(count.dropped, 0) AS dropped, count.last_error, count.last_error_at
  FROM crossbar._endpoint AS endpoint
    LEFT JOIN (
      SELECT DISTINCT ON (told.endpoint) told.endpoint, told.state, told.error
      FROM crossbar._endpoint_state AS told WHERE crossbar._is_alive(told.process_id, told.backend_start)
      ORDER BY told.endpoint, told.state IN ('registered', 'subscribed') DESC, told.backend_start DESC, told.process_id
    ) AS living ON living.endpoint = endpoint.id
    LEFT JOIN crossbar._endpoint_count AS count ON count.endpoint = endpoint.id;

CREATE VIEW crossbar.registrations AS
  SELECT id, uri, match, function, owner, role, options, state, error, handled AS calls, failed, last_error, last_error_at, since
  FROM crossbar._endpoints WHERE kind = 'registration';

COMMENT ON VIEW crossbar.registrations IS 'Procedures that crossbar.register made, and their state.';
COMMENT ON COLUMN crossbar.registrations.id IS 'Number that crossbar.register returned.';
COMMENT ON COLUMN crossbar.registrations.uri IS 'URI or pattern of the procedure.';
COMMENT ON COLUMN crossbar.registrations.match IS 'exact, prefix or wildcard.';
COMMENT ON COLUMN crossbar.registrations.function IS 'The function, with its schema.';
COMMENT ON COLUMN crossbar.registrations.owner IS 'Role that registered it, which may replace and remove it.';
COMMENT ON COLUMN crossbar.registrations.role IS 'Role that the function runs as. NULL: the role that its caller is mapped to.';
COMMENT ON COLUMN crossbar.registrations.options IS 'Options without match and run_as.';
COMMENT ON COLUMN crossbar.registrations.state IS 'registered, refused, unusable, or waiting: no component that runs has it.';
COMMENT ON COLUMN crossbar.registrations.error IS 'Why it is refused or unusable.';
COMMENT ON COLUMN crossbar.registrations.calls IS 'Calls that have ended, those that failed included.';
COMMENT ON COLUMN crossbar.registrations.failed IS 'Calls that failed.';
COMMENT ON COLUMN crossbar.registrations.last_error IS 'Message of the last error of the function.';
COMMENT ON COLUMN crossbar.registrations.last_error_at IS 'When that was.';
COMMENT ON COLUMN crossbar.registrations.since IS 'When it was first registered.';

CREATE VIEW crossbar.subscriptions AS
  SELECT id, uri, match, function AS handler, owner, role, options, state, error, handled AS events, failed, dropped,
    last_error, last_error_at, since
  FROM crossbar._endpoints WHERE kind = 'subscription';

COMMENT ON VIEW crossbar.subscriptions IS 'Handlers of events that crossbar.subscribe made, and their state.';
COMMENT ON COLUMN crossbar.subscriptions.id IS 'Number that crossbar.subscribe returned.';
COMMENT ON COLUMN crossbar.subscriptions.uri IS 'URI or pattern of the topic.';
COMMENT ON COLUMN crossbar.subscriptions.match IS 'exact, prefix or wildcard.';
COMMENT ON COLUMN crossbar.subscriptions.handler IS 'The function, with its schema.';
COMMENT ON COLUMN crossbar.subscriptions.owner IS 'Role that subscribed it, which may replace and remove it.';
COMMENT ON COLUMN crossbar.subscriptions.role IS 'Role that the handler runs as. NULL: the role that the publisher is mapped to.';
COMMENT ON COLUMN crossbar.subscriptions.options IS 'Options without match and run_as.';
COMMENT ON COLUMN crossbar.subscriptions.state IS 'subscribed, refused, unusable, or waiting: no component that runs has it.';
COMMENT ON COLUMN crossbar.subscriptions.error IS 'Why it is refused or unusable.';
COMMENT ON COLUMN crossbar.subscriptions.events IS 'Events that have been handled, those whose handler failed included.';
COMMENT ON COLUMN crossbar.subscriptions.failed IS 'Events whose handler failed.';
COMMENT ON COLUMN crossbar.subscriptions.dropped IS 'Events that were dropped, because there was no room or no time left.';
COMMENT ON COLUMN crossbar.subscriptions.last_error IS 'Message of the last error of the handler.';
COMMENT ON COLUMN crossbar.subscriptions.last_error_at IS 'When that was.';
COMMENT ON COLUMN crossbar.subscriptions.since IS 'When it was first subscribed.';

-- The links of the Callers that run, one row each: where a backend connects to for crossbar.call.
-- secret: made anew at every start. Only role crossbar and superusers may read it: whoever has it can call in anybody's name.
-- process_id, backend_start: of the Caller's connection, as in pg_stat_activity. A row whose session has ended is void.
-- Unlogged, so that no secret gets into the write-ahead log. A crash empties the table, and it ends those sessions as well.
CREATE UNLOGGED TABLE crossbar._link (
  realm text NOT NULL,
  host text NOT NULL,
  port integer NOT NULL,
  secret text NOT NULL,
  tls boolean NOT NULL,
  process_id integer NOT NULL,
  backend_start timestamptz NOT NULL,
  since timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (process_id, backend_start)
);

CREATE TABLE crossbar.call_permission (
  role name NOT NULL,
  pattern text NOT NULL,
  granted_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (role, pattern)
);

COMMENT ON TABLE crossbar.call_permission IS 'Which role may call which procedures. Without a row, nobody but superusers may call. Use crossbar.grant_call and crossbar.revoke_call.';
COMMENT ON COLUMN crossbar.call_permission.role IS 'Role that may call, and its members; public: every role.';
COMMENT ON COLUMN crossbar.call_permission.pattern IS 'A URI; a prefix that ends with "*"; or a URI with empty parts, each of which stands for any one part.';
COMMENT ON COLUMN crossbar.call_permission.granted_at IS 'When it was granted.';

-- id: from no sequence, see crossbar._new_publication_id.
-- handler: as text, see crossbar._endpoint.
-- identity: see crossbar._call_identity.
-- process_id, backend_start: of the Caller that runs the call, as in crossbar._link.
CREATE TABLE crossbar.async_call (
  id bigint PRIMARY KEY,
  realm text,
  procedure text NOT NULL,
  args jsonb,
  kwargs jsonb,
  options jsonb NOT NULL DEFAULT '{}',
  identity jsonb NOT NULL,
  handler text,
  handler_owner name,
  role name NOT NULL,
  retries integer NOT NULL DEFAULT 0,
  state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'running', 'succeeded', 'failed')),
  tries integer NOT NULL DEFAULT 0,
  process_id integer,
  backend_start timestamptz,
  error text,
  error_args jsonb,
  error_kwargs jsonb,
  result jsonb,
  handler_error text,
  called_at timestamptz NOT NULL DEFAULT now(),
  due_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  settled_at timestamptz
);

CREATE INDEX async_call_to_do ON crossbar.async_call (due_at, id) WHERE state IN ('waiting', 'running');
CREATE INDEX async_call_age ON crossbar.async_call (settled_at);

COMMENT ON TABLE crossbar.async_call IS 'Calls of crossbar.call_async and their outcomes. A row stays until you delete it. Read the view crossbar.calls.';
COMMENT ON COLUMN crossbar.async_call.id IS 'Number that crossbar.call_async returned.';
COMMENT ON COLUMN crossbar.async_call.realm IS 'Option realm. NULL: the Caller of any realm may make the call.';
COMMENT ON COLUMN crossbar.async_call.procedure IS 'URI of the procedure.';
COMMENT ON COLUMN crossbar.async_call.args IS 'Positional arguments.';
COMMENT ON COLUMN crossbar.async_call.kwargs IS 'Keyword arguments.';
COMMENT ON COLUMN crossbar.async_call.options IS 'Options without realm, handler and retries.';
COMMENT ON COLUMN crossbar.async_call.identity IS 'Login, role, process id and forward_for of the session that asked for the call.';
COMMENT ON COLUMN crossbar.async_call.handler IS 'Function that gets the outcome.';
COMMENT ON COLUMN crossbar.async_call.handler_owner IS 'Owner of the handler when the call was asked for. A function of another owner in its place is not called.';
COMMENT ON COLUMN crossbar.async_call.role IS 'Role that asked for the call. The handler runs as this role.';
COMMENT ON COLUMN crossbar.async_call.retries IS 'How often a failed call, or a failed handler, is tried again.';
COMMENT ON COLUMN crossbar.async_call.state IS 'waiting, running, succeeded or failed.';
COMMENT ON COLUMN crossbar.async_call.tries IS 'How often the call was answered, with a result or an error.';
COMMENT ON COLUMN crossbar.async_call.process_id IS 'Process id of the session of the Caller that makes the call.';
COMMENT ON COLUMN crossbar.async_call.backend_start IS 'Start of that session, as in pg_stat_activity.';
COMMENT ON COLUMN crossbar.async_call.error IS 'URI of the WAMP error of the last try.';
COMMENT ON COLUMN crossbar.async_call.error_args IS 'Positional arguments of the error.';
COMMENT ON COLUMN crossbar.async_call.error_kwargs IS 'Keyword arguments of the error.';
COMMENT ON COLUMN crossbar.async_call.result IS 'What crossbar.call would have returned.';
COMMENT ON COLUMN crossbar.async_call.handler_error IS 'Message of the error that the handler failed with for good.';
COMMENT ON COLUMN crossbar.async_call.called_at IS 'When the call was asked for.';
COMMENT ON COLUMN crossbar.async_call.due_at IS 'The call is not made before.';
COMMENT ON COLUMN crossbar.async_call.settled_at IS 'When the outcome was known and the handler had run.';

CREATE VIEW crossbar.calls AS
  SELECT id, realm, procedure, args, kwargs, options, role, handler, retries, state, tries, result, error, error_args,
    error_kwargs, handler_error, called_at, settled_at
  FROM crossbar.async_call;

COMMENT ON VIEW crossbar.calls IS 'Asynchronous calls and their outcomes.';
COMMENT ON COLUMN crossbar.calls.id IS 'Number that crossbar.call_async returned.';
COMMENT ON COLUMN crossbar.calls.realm IS 'Option realm, if it was given.';
COMMENT ON COLUMN crossbar.calls.procedure IS 'URI of the procedure.';
COMMENT ON COLUMN crossbar.calls.args IS 'Positional arguments.';
COMMENT ON COLUMN crossbar.calls.kwargs IS 'Keyword arguments.';
COMMENT ON COLUMN crossbar.calls.options IS 'Options without realm, handler and retries.';
COMMENT ON COLUMN crossbar.calls.role IS 'Role that asked for the call.';
COMMENT ON COLUMN crossbar.calls.handler IS 'Function that gets the outcome.';
COMMENT ON COLUMN crossbar.calls.retries IS 'How often a failed call, or a failed handler, is tried again.';
COMMENT ON COLUMN crossbar.calls.state IS 'waiting, running, succeeded or failed.';
COMMENT ON COLUMN crossbar.calls.tries IS 'How often the call was answered, with a result or an error.';
COMMENT ON COLUMN crossbar.calls.result IS 'What crossbar.call would have returned, when the call succeeded.';
COMMENT ON COLUMN crossbar.calls.error IS 'URI of the WAMP error of the last try.';
COMMENT ON COLUMN crossbar.calls.error_args IS 'Positional arguments of the error.';
COMMENT ON COLUMN crossbar.calls.error_kwargs IS 'Keyword arguments of the error.';
COMMENT ON COLUMN crossbar.calls.handler_error IS 'Message of the error that the handler failed with for good.';
COMMENT ON COLUMN crossbar.calls.called_at IS 'When the call was asked for.';
COMMENT ON COLUMN crossbar.calls.settled_at IS 'When the outcome was known and the handler had run.';

-- An answer of the link: see crossbar._ask.
CREATE TYPE crossbar._answer AS (kind text, payload text, args text, kwargs text);

CREATE TABLE crossbar.proxy (
  name text PRIMARY KEY,
  slot name,
  paused boolean NOT NULL DEFAULT false,
  since timestamptz NOT NULL DEFAULT now()
);

COMMENT ON TABLE crossbar.proxy IS 'The Proxies of this database. A Proxy adds its row at its first start.';
COMMENT ON COLUMN crossbar.proxy.name IS 'Name of the Proxy.';
COMMENT ON COLUMN crossbar.proxy.slot IS 'Its replication slot, if it reads the write-ahead log.';
COMMENT ON COLUMN crossbar.proxy.paused IS 'Whether crossbar.pause_proxy has paused it.';
COMMENT ON COLUMN crossbar.proxy.since IS 'When it was added, or when a gap was accepted.';

-- Up to where each sink of a Proxy has everything.
-- rewound: crossbar.rewind_proxy has moved it back, and the Proxy has not read that yet.
CREATE TABLE crossbar._proxy_cursor (
  proxy text NOT NULL REFERENCES crossbar.proxy ON DELETE CASCADE,
  sink text NOT NULL,
  position pg_lsn NOT NULL,
  rewound boolean NOT NULL DEFAULT false,
  moved_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (proxy, sink)
);

CREATE TABLE crossbar.parked_message (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  proxy text NOT NULL,
  sink text NOT NULL,
  source text NOT NULL,
  message_id text NOT NULL,
  destination text NOT NULL,
  key text NOT NULL,
  order_key text NOT NULL,
  content_type text NOT NULL,
  headers json NOT NULL,
  payload bytea NOT NULL,
  error text NOT NULL,
  state text NOT NULL CHECK (state IN ('parked', 'waiting', 'retrying')),
  tries integer NOT NULL DEFAULT 1,
  committed_at timestamptz,
  parked_at timestamptz NOT NULL DEFAULT now()
);

-- A message that comes again after a crash is parked once. By digests, since names may be longer than an index takes.
CREATE UNIQUE INDEX parked_message_once ON crossbar.parked_message (proxy, sink, message_id, md5(destination), md5(key));
CREATE INDEX parked_message_order ON crossbar.parked_message (proxy, sink, md5(order_key), id);

COMMENT ON TABLE crossbar.parked_message IS 'Messages that a sink of a Proxy could not deliver. Use crossbar.retry_parked and crossbar.discard_parked, or the command pgwamp proxy parked.';
COMMENT ON COLUMN crossbar.parked_message.id IS 'Number of the parked message. Messages were parked in this order.';
COMMENT ON COLUMN crossbar.parked_message.proxy IS 'Name of the Proxy.';
COMMENT ON COLUMN crossbar.parked_message.sink IS 'Name of the sink.';
COMMENT ON COLUMN crossbar.parked_message.source IS 'Name of the source.';
COMMENT ON COLUMN crossbar.parked_message.message_id IS 'The id that consumers see.';
COMMENT ON COLUMN crossbar.parked_message.destination IS 'Exchange, queue, topic, stream, subject or path.';
COMMENT ON COLUMN crossbar.parked_message.key IS 'Routing key, or key of Kafka.';
COMMENT ON COLUMN crossbar.parked_message.order_key IS 'What keeps its order: of a change the table and its primary key.';
COMMENT ON COLUMN crossbar.parked_message.content_type IS 'Content type of the payload.';
COMMENT ON COLUMN crossbar.parked_message.headers IS 'Headers, by their names.';
COMMENT ON COLUMN crossbar.parked_message.payload IS 'The bytes that were to be sent. Of a message larger than max_message_size only what was read.';
COMMENT ON COLUMN crossbar.parked_message.error IS 'Why it is parked.';
COMMENT ON COLUMN crossbar.parked_message.state IS 'parked: until you retry or discard it; waiting: behind a parked one with the same order key, or for the broker; retrying: to be sent again.';
COMMENT ON COLUMN crossbar.parked_message.tries IS 'How often it was sent.';
COMMENT ON COLUMN crossbar.parked_message.committed_at IS 'When its transaction was committed, if the source tells it.';
COMMENT ON COLUMN crossbar.parked_message.parked_at IS 'When it was parked.';

CREATE VIEW crossbar.proxies AS
  SELECT proxy.name AS proxy, cursor.sink, proxy.slot, proxy.paused, slot.active, slot.wal_status,
    pg_wal_lsn_diff(wal.position, slot.restart_lsn) AS retained_bytes,
    pg_wal_lsn_diff(wal.position, greatest(cursor.position, slot.confirmed_flush_lsn)) AS lag_bytes,
    cursor.position, cursor.moved_at,
    (SELECT count(*) FROM crossbar.parked_message AS parked WHERE parked.proxy = proxy.name AND parked.sink = cursor.sink) AS parked
  FROM crossbar.proxy LEFT JOIN crossbar._proxy_cursor AS cursor ON cursor.proxy = proxy.name
    LEFT JOIN pg_replication_slots AS slot ON slot.slot_name = proxy.slot,
    LATERAL (SELECT CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END AS position) AS wal;

COMMENT ON VIEW crossbar.proxies IS 'The sinks of the Proxies of this database, and how far each is.';
COMMENT ON COLUMN crossbar.proxies.proxy IS 'Name of the Proxy.';
COMMENT ON COLUMN crossbar.proxies.sink IS 'Name of the sink. NULL for a Proxy that does not read the write-ahead log.';
COMMENT ON COLUMN crossbar.proxies.slot IS 'Replication slot of the Proxy.';
COMMENT ON COLUMN crossbar.proxies.paused IS 'Whether the Proxy is paused.';
COMMENT ON COLUMN crossbar.proxies.active IS 'Whether the slot is read.';
COMMENT ON COLUMN crossbar.proxies.wal_status IS 'Status of the slot, as in pg_replication_slots.';
COMMENT ON COLUMN crossbar.proxies.retained_bytes IS 'Bytes of the write-ahead log that PostgreSQL keeps for the slot.';
COMMENT ON COLUMN crossbar.proxies.lag_bytes IS 'Bytes of the write-ahead log that the sink has not confirmed.';
COMMENT ON COLUMN crossbar.proxies.position IS 'Up to where the sink has everything; written once a second while there are messages.';
COMMENT ON COLUMN crossbar.proxies.moved_at IS 'When that was written.';
COMMENT ON COLUMN crossbar.proxies.parked IS 'Messages of the sink in crossbar.parked_message.';
