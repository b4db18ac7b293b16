-- A result with exactly these positional and keyword arguments, for functions that return it.
CREATE TYPE crossbar.result AS (args jsonb, kwargs jsonb);

-- The functions that crossbar.register and crossbar.subscribe made endpoints.
-- function: as text, so that the row survives when the function is dropped and created again, and a dump is restored. It is
--   written as regprocedure writes it when the search_path is empty.
-- registrar: the role that registered it, and may replace and remove it.
-- role: the role that it runs as; NULL: the one that the authrole of its WAMP caller is mapped to.
-- options: as they were given, without match and run_as.
CREATE TABLE crossbar.endpoint (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  kind text NOT NULL CHECK (kind IN ('registration', 'subscription')),
  uri text NOT NULL,
  match text NOT NULL DEFAULT 'exact' CHECK (match IN ('exact', 'prefix', 'wildcard')),
  function text NOT NULL,
  registrar name NOT NULL,
  role name,
  options jsonb NOT NULL DEFAULT '{}',
  since timestamptz NOT NULL DEFAULT now()
);

-- A procedure has one function. A topic may have several, and one of them in several roles.
CREATE UNIQUE INDEX endpoint_is_one ON crossbar.endpoint (
  kind, uri, match,
  (CASE kind WHEN 'subscription' THEN function ELSE '' END),
  (CASE kind WHEN 'subscription' THEN coalesce(role, '') ELSE '' END)
);

-- What each component that runs makes of an endpoint. Nothing here refers to crossbar.endpoint by a foreign key: a component must
-- never wait for the transaction of somebody who registers.
-- process_id, backend_start: of the component's connection, as in pg_stat_activity.
CREATE TABLE crossbar.endpoint_state (
  endpoint bigint NOT NULL,
  realm text NOT NULL,
  process_id integer NOT NULL,
  backend_start timestamptz NOT NULL,
  state text NOT NULL CHECK (state IN ('registered', 'subscribed', 'refused', 'unusable')),
  error text,
  PRIMARY KEY (endpoint, process_id, backend_start)
);

-- What became of calls and events, of all components together.
CREATE TABLE crossbar.endpoint_count (
  endpoint bigint PRIMARY KEY,
  handled bigint NOT NULL DEFAULT 0,
  failed bigint NOT NULL DEFAULT 0,
  dropped bigint NOT NULL DEFAULT 0,
  last_error text,
  last_error_at timestamptz
);

-- Events that a Subscriber of a queue group has taken, so that no other one does: see crossbar.claim_event.
CREATE TABLE crossbar.claimed_event (
  queue_group text NOT NULL,
  publication bigint NOT NULL,
  claimed_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (queue_group, publication)
);

CREATE INDEX claimed_event_age ON crossbar.claimed_event (claimed_at);

-- Events whose handler failed for good, kept until somebody deletes them.
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

-- Every endpoint with its state: what a component that lives says of it, the best of several.
CREATE VIEW crossbar.endpoints AS
  SELECT endpoint.*, coalesce(living.state, 'waiting') AS state, living.error, coalesce(count.handled, 0) AS handled,
    coalesce(count.failed, 0) AS failed, coalesce(count.dropped, 0) AS dropped, count.last_error, count.last_error_at
  FROM crossbar.endpoint
    LEFT JOIN (
      SELECT DISTINCT ON (told.endpoint) told.endpoint, told.state, told.error
      -- Who may not see the sessions of role crossbar sees their process ids all the same.
      FROM crossbar.endpoint_state AS told JOIN pg_stat_activity AS session
        ON session.pid = told.process_id AND coalesce(session.backend_start, told.backend_start) = told.backend_start
      ORDER BY told.endpoint, told.state IN ('registered', 'subscribed') DESC, told.backend_start DESC, told.process_id
    ) AS living ON living.endpoint = endpoint.id
    LEFT JOIN crossbar.endpoint_count AS count ON count.endpoint = endpoint.id;

CREATE VIEW crossbar.registrations AS
  SELECT id, uri, match, function, registrar, role, options, state, error, handled AS calls, failed, last_error, last_error_at, since
  FROM crossbar.endpoints WHERE kind = 'registration';

CREATE VIEW crossbar.subscriptions AS
  SELECT id, uri, match, function AS handler, registrar, role, options, state, error, handled AS events, failed, dropped,
    last_error, last_error_at, since
  FROM crossbar.endpoints WHERE kind = 'subscription';
