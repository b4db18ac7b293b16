-- Names that start with "_" are internal. Every other table, view, type and column has a COMMENT.

-- The problem of a call of a public function. Checks return it, and the public function raises it, so the CONTEXT of an error
-- contains no internal functions. condition: NULL if there is no problem, otherwise a condition name or SQLSTATE.
-- detail: only for WAMP errors, which have no hint.
CREATE TYPE crossbar._problem AS (condition text, message text, hint text, detail text);

-- The delivery in force, as one row. It has a key, because a publication of all tables refuses UPDATEs of tables without one.
-- cluster: the system identifier of the cluster that the positions in crossbar.outbox belong to. See crossbar._adopt_outbox.
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

COMMENT ON TABLE crossbar.realm IS 'The realms that receive publications. A Publisher adds its realm at its first start. Delete the row of a realm that no Publisher serves any more.';
COMMENT ON COLUMN crossbar.realm.realm IS 'Name of the realm.';
COMMENT ON COLUMN crossbar.realm.slot IS 'Name of the replication slot for delivery "wal".';
COMMENT ON COLUMN crossbar.realm.waiting IS 'Whether the Publisher waits for a NOTIFY when a row is added to the outbox.';
COMMENT ON COLUMN crossbar.realm.since IS 'Time when the realm was added.';

-- The realms that may still have a backlog of the former delivery. The Publisher of a realm deletes its row after it has
-- delivered the backlog. The delivery does not change again before, so there is no older backlog.
CREATE TABLE crossbar._former_delivery (
  realm text PRIMARY KEY REFERENCES crossbar.realm ON UPDATE CASCADE ON DELETE CASCADE,
  mode text NOT NULL CHECK (mode IN ('wal', 'outbox'))
);

-- lsn: the position of the write-ahead log at the time of the publication. It only increases, and every row advances it. So it
--   orders the publications of one session, and also publications of a session after it has seen those of another session.
-- content: see crossbar._content_of_publication.
CREATE TABLE crossbar.outbox (
  realm text NOT NULL,
  lsn pg_lsn NOT NULL,
  id bigint NOT NULL,
  content text NOT NULL,
  PRIMARY KEY (realm, lsn, id)
) WITH (
  -- In a queue, nearly all rows are dead most of the time, so a fraction of the table is not a useful threshold.
  autovacuum_vacuum_scale_factor = 0,
  autovacuum_vacuum_threshold = 5000,
  autovacuum_vacuum_insert_scale_factor = 0,
  autovacuum_vacuum_insert_threshold = 100000
);

COMMENT ON TABLE crossbar.outbox IS 'Publications of delivery "outbox". The Publisher deletes a row when the router has acknowledged it.';
COMMENT ON COLUMN crossbar.outbox.realm IS 'Realm that receives the publication.';
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

COMMENT ON TABLE crossbar.refused_publication IS 'Publications that the router refused. A row remains until you delete it.';
COMMENT ON COLUMN crossbar.refused_publication.realm IS 'Realm whose router refused the publication.';
COMMENT ON COLUMN crossbar.refused_publication.id IS 'Number that crossbar.publish returned.';
COMMENT ON COLUMN crossbar.refused_publication.topic IS 'Topic. NULL if the message was not made by crossbar.publish. In that case, see content.';
COMMENT ON COLUMN crossbar.refused_publication.options IS 'Options of the publication.';
COMMENT ON COLUMN crossbar.refused_publication.args IS 'Positional arguments.';
COMMENT ON COLUMN crossbar.refused_publication.kwargs IS 'Keyword arguments.';
COMMENT ON COLUMN crossbar.refused_publication.content IS 'The message as it was read, if it is not a publication of crossbar.publish.';
COMMENT ON COLUMN crossbar.refused_publication.error IS 'URI of the WAMP error.';
COMMENT ON COLUMN crossbar.refused_publication.error_args IS 'Positional arguments of the error.';
COMMENT ON COLUMN crossbar.refused_publication.error_kwargs IS 'Keyword arguments of the error.';
COMMENT ON COLUMN crossbar.refused_publication.refused_at IS 'Time of the refusal.';

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
COMMENT ON COLUMN crossbar.publications.state IS 'acknowledged, refused, or waiting (only with delivery "outbox").';
COMMENT ON COLUMN crossbar.publications.publication IS 'Publication id of the router, when acknowledged.';
COMMENT ON COLUMN crossbar.publications.error IS 'URI of the WAMP error, when refused.';
COMMENT ON COLUMN crossbar.publications.error_args IS 'Positional arguments of the error.';
COMMENT ON COLUMN crossbar.publications.error_kwargs IS 'Keyword arguments of the error.';
COMMENT ON COLUMN crossbar.publications.settled_at IS 'Time when the outcome was stored.';

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
COMMENT ON COLUMN crossbar.realms.retained_bytes IS 'Bytes of the write-ahead log that PostgreSQL retains for the slot.';
COMMENT ON COLUMN crossbar.realms.wal_status IS 'Status of that log, as in pg_replication_slots.';
COMMENT ON COLUMN crossbar.realms.outbox IS 'Number of publications in the outbox.';
COMMENT ON COLUMN crossbar.realms.refused IS 'Number of publications in crossbar.refused_publication.';
COMMENT ON COLUMN crossbar.realms.since IS 'Time when the realm was added.';

CREATE TYPE crossbar.result AS (args jsonb, kwargs jsonb);

COMMENT ON TYPE crossbar.result IS 'Return type of a function that sets the positional and keyword arguments of its WAMP result.';
COMMENT ON COLUMN crossbar.result.args IS 'Positional arguments: a JSON array.';
COMMENT ON COLUMN crossbar.result.kwargs IS 'Keyword arguments: a JSON object.';

-- The endpoints created by crossbar.register and crossbar.subscribe.
-- function: as text, so that the row survives a DROP FUNCTION followed by CREATE FUNCTION, and a restored dump. It is written
--   as regprocedure writes it with an empty search_path.
-- function_owner: the owner of the function when it was registered. After a DROP FUNCTION, any role that may create objects in
--   its schema could create another function in its place.
-- owner: the role that created the endpoint. It may replace and remove it.
-- role: the role that the function runs as. NULL: the role that the authrole of its WAMP caller is mapped to.
-- options: all options as given, except match and run_as.
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

-- A procedure has one function. A topic may have several handlers, also the same handler in several roles.
CREATE UNIQUE INDEX _endpoint_key ON crossbar._endpoint (
  kind, uri, match,
  (CASE kind WHEN 'subscription' THEN function ELSE '' END),
  (CASE kind WHEN 'subscription' THEN coalesce(role, '') ELSE '' END)
);

-- The state of an endpoint in each running component. There is no foreign key to crossbar._endpoint, because a component must
-- never wait for a transaction that registers.
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

-- Counts of calls and events, for all components together.
CREATE TABLE crossbar._endpoint_count (
  endpoint bigint PRIMARY KEY,
  handled bigint NOT NULL DEFAULT 0,
  failed bigint NOT NULL DEFAULT 0,
  dropped bigint NOT NULL DEFAULT 0,
  last_error text,
  last_error_at timestamptz
);

-- Events that a Subscriber of a queue group has claimed, so that no other Subscriber handles them. See crossbar._claim_event.
CREATE TABLE crossbar._claimed_event (
  queue_group text NOT NULL,
  publication bigint NOT NULL,
  claimed_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (queue_group, publication)
);

CREATE INDEX _claimed_event_age ON crossbar._claimed_event (claimed_at);

-- The sessions that run functions, as one row, which components write.
-- login: the login role of these sessions.
-- secret: allows these sessions to claim events. See crossbar._claim.
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

COMMENT ON TABLE crossbar.failed_event IS 'Events whose handler finally failed. A row remains until you delete it.';
COMMENT ON COLUMN crossbar.failed_event.id IS 'Number of the row.';
COMMENT ON COLUMN crossbar.failed_event.subscription IS 'Number that crossbar.subscribe returned.';
COMMENT ON COLUMN crossbar.failed_event.topic IS 'Topic of the event.';
COMMENT ON COLUMN crossbar.failed_event.publication IS 'Publication id of the router.';
COMMENT ON COLUMN crossbar.failed_event.args IS 'Positional arguments of the event.';
COMMENT ON COLUMN crossbar.failed_event.kwargs IS 'Keyword arguments of the event.';
COMMENT ON COLUMN crossbar.failed_event.details IS 'WAMP details of the event.';
COMMENT ON COLUMN crossbar.failed_event.error IS 'URI of the WAMP error of the handler.';
COMMENT ON COLUMN crossbar.failed_event.error_args IS 'Positional arguments of the error.';
COMMENT ON COLUMN crossbar.failed_event.error_kwargs IS 'Keyword arguments of the error.';
COMMENT ON COLUMN crossbar.failed_event.failed_at IS 'Time of the last failed attempt.';

-- Whether the session with this process id and start, as read from pg_stat_activity, is still alive. Process ids are reused,
-- also after a restart of the server. The function is defined here and not in functions/, because the views below need it.
-- PUBLIC may execute it, because PostgreSQL checks functions of a view with the privileges of the role that reads the view.
CREATE FUNCTION crossbar._is_alive(process_id integer, backend_start timestamptz)
RETURNS boolean
LANGUAGE sql STABLE PARALLEL RESTRICTED
RETURN EXISTS (
  -- For sessions of other roles, a role sees the user, but NULL as their start. Only a member of the owner of the schema can be
  -- a component.
  SELECT FROM pg_stat_get_activity(process_id) AS session
  WHERE CASE WHEN session.backend_start IS NULL
    THEN pg_has_role(session.usesysid, (SELECT nspowner FROM pg_namespace WHERE nspname = 'crossbar'), 'MEMBER')
    ELSE session.backend_start = _is_alive.backend_start END
);

-- The session that holds each election. See crossbar._elect.
CREATE TABLE crossbar._election (
  name text PRIMARY KEY,
  process_id integer NOT NULL,
  backend_start timestamptz NOT NULL
);

-- Every endpoint with its state: the best state that a living component reports.
CREATE VIEW crossbar._endpoints AS
  SELECT endpoint.*, coalesce(living.state, 'waiting') AS state, living.error, coalesce(count.handled, 0) AS handled,
    coalesce(count.failed, 0) AS failed, coalesce(count.dropped, 0) AS dropped, count.last_error, count.last_error_at
  FROM crossbar._endpoint AS endpoint
    LEFT JOIN (
      SELECT DISTINCT ON (reported.endpoint) reported.endpoint, reported.state, reported.error
      FROM crossbar._endpoint_state AS reported WHERE crossbar._is_alive(reported.process_id, reported.backend_start)
      ORDER BY reported.endpoint, reported.state IN ('registered', 'subscribed') DESC, reported.backend_start DESC, reported.process_id
    ) AS living ON living.endpoint = endpoint.id
    LEFT JOIN crossbar._endpoint_count AS count ON count.endpoint = endpoint.id;

CREATE VIEW crossbar.registrations AS
  SELECT id, uri, match, function, owner, role, options, state, error, handled AS calls, failed, last_error, last_error_at, since
  FROM crossbar._endpoints WHERE kind = 'registration';

COMMENT ON VIEW crossbar.registrations IS 'Registrations of crossbar.register and their state.';
COMMENT ON COLUMN crossbar.registrations.id IS 'Number that crossbar.register returned.';
COMMENT ON COLUMN crossbar.registrations.uri IS 'URI or pattern of the procedure.';
COMMENT ON COLUMN crossbar.registrations.match IS 'exact, prefix or wildcard.';
COMMENT ON COLUMN crossbar.registrations.function IS 'The function, with its schema.';
COMMENT ON COLUMN crossbar.registrations.owner IS 'Role that registered it. It may replace and remove the registration.';
COMMENT ON COLUMN crossbar.registrations.role IS 'Role that the function runs as. NULL: the role that its caller is mapped to.';
COMMENT ON COLUMN crossbar.registrations.options IS 'Options without match and run_as.';
COMMENT ON COLUMN crossbar.registrations.state IS 'registered, refused, unusable, or waiting (no running component has reported a state).';
COMMENT ON COLUMN crossbar.registrations.error IS 'Reason why it is refused or unusable.';
COMMENT ON COLUMN crossbar.registrations.calls IS 'Number of finished calls, including failed ones.';
COMMENT ON COLUMN crossbar.registrations.failed IS 'Number of failed calls.';
COMMENT ON COLUMN crossbar.registrations.last_error IS 'Message of the last error of the function.';
COMMENT ON COLUMN crossbar.registrations.last_error_at IS 'Time of that error.';
COMMENT ON COLUMN crossbar.registrations.since IS 'Time of the first registration.';

CREATE VIEW crossbar.subscriptions AS
  SELECT id, uri, match, function AS handler, owner, role, options, state, error, handled AS events, failed, dropped,
    last_error, last_error_at, since
  FROM crossbar._endpoints WHERE kind = 'subscription';

COMMENT ON VIEW crossbar.subscriptions IS 'Subscriptions of crossbar.subscribe and their state.';
COMMENT ON COLUMN crossbar.subscriptions.id IS 'Number that crossbar.subscribe returned.';
COMMENT ON COLUMN crossbar.subscriptions.uri IS 'URI or pattern of the topic.';
COMMENT ON COLUMN crossbar.subscriptions.match IS 'exact, prefix or wildcard.';
COMMENT ON COLUMN crossbar.subscriptions.handler IS 'The function, with its schema.';
COMMENT ON COLUMN crossbar.subscriptions.owner IS 'Role that subscribed it. It may replace and remove the subscription.';
COMMENT ON COLUMN crossbar.subscriptions.role IS 'Role that the handler runs as. NULL: the role that the publisher is mapped to.';
COMMENT ON COLUMN crossbar.subscriptions.options IS 'Options without match and run_as.';
COMMENT ON COLUMN crossbar.subscriptions.state IS 'subscribed, refused, unusable, or waiting (no running component has reported a state).';
COMMENT ON COLUMN crossbar.subscriptions.error IS 'Reason why it is refused or unusable.';
COMMENT ON COLUMN crossbar.subscriptions.events IS 'Number of handled events, including those whose handler failed.';
COMMENT ON COLUMN crossbar.subscriptions.failed IS 'Number of events whose handler failed.';
COMMENT ON COLUMN crossbar.subscriptions.dropped IS 'Number of events that were dropped because the queue was full or the subscription ended.';
COMMENT ON COLUMN crossbar.subscriptions.last_error IS 'Message of the last error of the handler.';
COMMENT ON COLUMN crossbar.subscriptions.last_error_at IS 'Time of that error.';
COMMENT ON COLUMN crossbar.subscriptions.since IS 'Time of the first subscription.';

-- The links of the running Callers, one row each. Backends connect to them for crossbar.call.
-- secret: a new one for each start. Only role crossbar and superusers may read it, because it allows calls in the name of any
--   role.
-- process_id, backend_start: of the Caller's connection, as in pg_stat_activity. A row is void when its session has ended.
-- The table is unlogged, so that no secret is written to the write-ahead log. A crash empties the table, but it also ends the
-- sessions of the Callers.
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

COMMENT ON TABLE crossbar.call_permission IS 'Permissions to call procedures. A role without a matching row may not call, unless it is a superuser. Use crossbar.grant_call and crossbar.revoke_call.';
COMMENT ON COLUMN crossbar.call_permission.role IS 'Role that may call, including its members. public: every role.';
COMMENT ON COLUMN crossbar.call_permission.pattern IS 'A URI, a prefix that ends with "*", or a URI with empty parts. An empty part matches any one part.';
COMMENT ON COLUMN crossbar.call_permission.granted_at IS 'Time of the grant.';

-- id: not from a sequence, see crossbar._new_publication_id.
-- handler: as text, see crossbar._endpoint.
-- identity: see crossbar._call_identity.
-- process_id, backend_start: of the Caller that is making the call, as in crossbar._link.
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

COMMENT ON TABLE crossbar.async_call IS 'Calls of crossbar.call_async and their outcomes. A row remains until you delete it. Read the view crossbar.calls.';
COMMENT ON COLUMN crossbar.async_call.id IS 'Number that crossbar.call_async returned.';
COMMENT ON COLUMN crossbar.async_call.realm IS 'Option realm. NULL: the Caller of any realm may make the call.';
COMMENT ON COLUMN crossbar.async_call.procedure IS 'URI of the procedure.';
COMMENT ON COLUMN crossbar.async_call.args IS 'Positional arguments.';
COMMENT ON COLUMN crossbar.async_call.kwargs IS 'Keyword arguments.';
COMMENT ON COLUMN crossbar.async_call.options IS 'Options without realm, handler and retries.';
COMMENT ON COLUMN crossbar.async_call.identity IS 'Login, role, process id and forward_for of the session that requested the call.';
COMMENT ON COLUMN crossbar.async_call.handler IS 'Function that is called with the outcome.';
COMMENT ON COLUMN crossbar.async_call.handler_owner IS 'Owner of the handler when the call was requested. A replacement function of another owner is not called.';
COMMENT ON COLUMN crossbar.async_call.role IS 'Role that requested the call. The handler runs as this role.';
COMMENT ON COLUMN crossbar.async_call.retries IS 'Number of retries after a failed call or a failed handler.';
COMMENT ON COLUMN crossbar.async_call.state IS 'waiting, running, succeeded or failed.';
COMMENT ON COLUMN crossbar.async_call.tries IS 'Number of attempts that were answered with a result or an error.';
COMMENT ON COLUMN crossbar.async_call.process_id IS 'Process id of the session of the Caller that makes the call.';
COMMENT ON COLUMN crossbar.async_call.backend_start IS 'Start of that session, as in pg_stat_activity.';
COMMENT ON COLUMN crossbar.async_call.error IS 'URI of the WAMP error of the last attempt.';
COMMENT ON COLUMN crossbar.async_call.error_args IS 'Positional arguments of the error.';
COMMENT ON COLUMN crossbar.async_call.error_kwargs IS 'Keyword arguments of the error.';
COMMENT ON COLUMN crossbar.async_call.result IS 'Result of the call, as crossbar.call returns it.';
COMMENT ON COLUMN crossbar.async_call.handler_error IS 'Message of the final error of the handler.';
COMMENT ON COLUMN crossbar.async_call.called_at IS 'Time when the call was requested.';
COMMENT ON COLUMN crossbar.async_call.due_at IS 'Earliest time of the next attempt.';
COMMENT ON COLUMN crossbar.async_call.settled_at IS 'Time when the outcome was known and the handler had run.';

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
COMMENT ON COLUMN crossbar.calls.role IS 'Role that requested the call.';
COMMENT ON COLUMN crossbar.calls.handler IS 'Function that is called with the outcome.';
COMMENT ON COLUMN crossbar.calls.retries IS 'Number of retries after a failed call or a failed handler.';
COMMENT ON COLUMN crossbar.calls.state IS 'waiting, running, succeeded or failed.';
COMMENT ON COLUMN crossbar.calls.tries IS 'Number of attempts that were answered with a result or an error.';
COMMENT ON COLUMN crossbar.calls.result IS 'Result of a successful call, as crossbar.call returns it.';
COMMENT ON COLUMN crossbar.calls.error IS 'URI of the WAMP error of the last attempt.';
COMMENT ON COLUMN crossbar.calls.error_args IS 'Positional arguments of the error.';
COMMENT ON COLUMN crossbar.calls.error_kwargs IS 'Keyword arguments of the error.';
COMMENT ON COLUMN crossbar.calls.handler_error IS 'Message of the final error of the handler.';
COMMENT ON COLUMN crossbar.calls.called_at IS 'Time when the call was requested.';
COMMENT ON COLUMN crossbar.calls.settled_at IS 'Time when the outcome was known and the handler had run.';

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
COMMENT ON COLUMN crossbar.proxy.since IS 'Time when it was added, or when a gap was accepted.';

-- The position up to which each sink of a Proxy has received everything.
-- rewound: crossbar.rewind_proxy has moved the position back, and the Proxy has not read the change yet.
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
  new_order_key text,
  content_type text NOT NULL,
  headers json NOT NULL,
  payload bytea NOT NULL,
  error text NOT NULL,
  state text NOT NULL CHECK (state IN ('parked', 'incomplete', 'waiting', 'retrying')),
  tries integer NOT NULL DEFAULT 1,
  committed_at timestamptz,
  parked_at timestamptz NOT NULL DEFAULT now()
);

-- A message that is repeated after a crash is parked only once. The index uses digests, because names may exceed its maximum
-- size.
CREATE UNIQUE INDEX parked_message_once ON crossbar.parked_message (proxy, sink, message_id, md5(destination), md5(key));
CREATE INDEX parked_message_order ON crossbar.parked_message (proxy, sink, md5(order_key), id);
CREATE INDEX parked_message_new_order ON crossbar.parked_message (proxy, sink, md5(new_order_key), id) WHERE new_order_key IS NOT NULL;

COMMENT ON TABLE crossbar.parked_message IS 'Messages that a sink of a Proxy could not deliver. Use crossbar.retry_parked and crossbar.discard_parked, or the command pgwamp proxy parked.';
COMMENT ON COLUMN crossbar.parked_message.id IS 'Number of the parked message, in the order of parking.';
COMMENT ON COLUMN crossbar.parked_message.proxy IS 'Name of the Proxy.';
COMMENT ON COLUMN crossbar.parked_message.sink IS 'Name of the sink.';
COMMENT ON COLUMN crossbar.parked_message.source IS 'Name of the source.';
COMMENT ON COLUMN crossbar.parked_message.message_id IS 'Message id for consumers.';
COMMENT ON COLUMN crossbar.parked_message.destination IS 'Exchange, queue, topic, stream, subject or path.';
COMMENT ON COLUMN crossbar.parked_message.key IS 'Routing key, or Kafka key.';
COMMENT ON COLUMN crossbar.parked_message.order_key IS 'Key for the order of messages. For a row change: the table and its primary key.';
COMMENT ON COLUMN crossbar.parked_message.new_order_key IS 'Order key of later messages, if an UPDATE has changed the key of the row. Equal to order_key for a TRUNCATE, and for a large row whose key is unknown.';
COMMENT ON COLUMN crossbar.parked_message.content_type IS 'Content type of the payload.';
COMMENT ON COLUMN crossbar.parked_message.headers IS 'Headers by name.';
COMMENT ON COLUMN crossbar.parked_message.payload IS 'Payload in bytes. Truncated for a message larger than max_message_size.';
COMMENT ON COLUMN crossbar.parked_message.error IS 'Reason why it is parked.';
COMMENT ON COLUMN crossbar.parked_message.state IS 'parked: until you retry or discard it. incomplete: until you discard it, because the Proxy could not make the message: it is too large, or its route failed. waiting: behind a parked message with the same order key, or for the broker. retrying: to be sent again.';
COMMENT ON COLUMN crossbar.parked_message.tries IS 'Number of attempts to send it.';
COMMENT ON COLUMN crossbar.parked_message.committed_at IS 'Commit time of its transaction, if known.';
COMMENT ON COLUMN crossbar.parked_message.parked_at IS 'Time when it was parked.';

CREATE VIEW crossbar.proxies AS
  SELECT proxy.name AS proxy, cursor.sink, proxy.slot, proxy.paused, slot.active, slot.wal_status,
    pg_wal_lsn_diff(wal.position, slot.restart_lsn) AS retained_bytes,
    pg_wal_lsn_diff(wal.position, greatest(cursor.position, slot.confirmed_flush_lsn)) AS lag_bytes,
    cursor.position, cursor.moved_at,
    (SELECT count(*) FROM crossbar.parked_message AS parked WHERE parked.proxy = proxy.name AND parked.sink = cursor.sink) AS parked
  FROM crossbar.proxy LEFT JOIN crossbar._proxy_cursor AS cursor ON cursor.proxy = proxy.name
    LEFT JOIN pg_replication_slots AS slot ON slot.slot_name = proxy.slot,
    LATERAL (SELECT CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END AS position) AS wal;

COMMENT ON VIEW crossbar.proxies IS 'The sinks of the Proxies of this database, and their positions.';
COMMENT ON COLUMN crossbar.proxies.proxy IS 'Name of the Proxy.';
COMMENT ON COLUMN crossbar.proxies.sink IS 'Name of the sink. NULL for a Proxy that does not read the write-ahead log.';
COMMENT ON COLUMN crossbar.proxies.slot IS 'Replication slot of the Proxy.';
COMMENT ON COLUMN crossbar.proxies.paused IS 'Whether the Proxy is paused.';
COMMENT ON COLUMN crossbar.proxies.active IS 'Whether the Proxy reads the slot.';
COMMENT ON COLUMN crossbar.proxies.wal_status IS 'Status of the slot, as in pg_replication_slots.';
COMMENT ON COLUMN crossbar.proxies.retained_bytes IS 'Bytes of the write-ahead log that PostgreSQL retains for the slot.';
COMMENT ON COLUMN crossbar.proxies.lag_bytes IS 'Bytes of the write-ahead log that the sink has not confirmed.';
COMMENT ON COLUMN crossbar.proxies.position IS 'Position up to which the sink has received everything. It is written once a second while messages arrive.';
COMMENT ON COLUMN crossbar.proxies.moved_at IS 'Time when the position was written.';
COMMENT ON COLUMN crossbar.proxies.parked IS 'Number of messages of the sink in crossbar.parked_message.';
