-- The links of the Callers that run, one row each: where a backend connects to for crossbar.call.
-- secret: fresh with every start. Nobody but role crossbar and superusers may read it: who knows it can call in anybody's name.
-- process_id, backend_start: of the Caller's connection, as in pg_stat_activity. A row without such a session is dead.
-- Unlogged, so that no secret is in the write-ahead log and in what is made of it. A crash, which empties it, ends those sessions, too.
CREATE UNLOGGED TABLE crossbar.link (
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

-- Who may call what, of those who may execute crossbar.call. No row at all: they may call everything.
-- role: the members of that role, too; public: everybody.
CREATE TABLE crossbar.callable (
  role name NOT NULL,
  uri text NOT NULL,
  match text NOT NULL DEFAULT 'exact' CHECK (match IN ('exact', 'prefix', 'wildcard')),
  PRIMARY KEY (role, uri, match)
);

-- The calls of crossbar.call_async and what became of them, kept until somebody deletes them.
-- id: from no sequence, for the reasons of crossbar.new_publication_id.
-- realm: NULL: of whichever Caller takes it first.
-- options: without realm, handler and retries.
-- handler: as text, for the reasons of crossbar.endpoint.
-- role: that asked for the call; the handler runs as it.
-- due_at: not to be called before; those of one transaction in its order.
-- process_id, backend_start: of the Caller that runs it, as in crossbar.link.
-- handler_error: why the handler failed for good.
-- settled_at: once there is an outcome and the handler has run.
CREATE TABLE crossbar.async_call (
  id bigint PRIMARY KEY,
  realm text,
  procedure text NOT NULL,
  args jsonb,
  kwargs jsonb,
  options jsonb NOT NULL DEFAULT '{}',
  identity jsonb NOT NULL,
  handler text,
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

-- The outcome of asynchronous calls, by the number that crossbar.call_async returned.
CREATE VIEW crossbar.calls AS
  SELECT id, realm, procedure, args, kwargs, options, role, handler, retries, state, tries, result, error, error_args,
    error_kwargs, handler_error, called_at, settled_at
  FROM crossbar.async_call;

-- What the link answers to a query of crossbar.ask.
CREATE TYPE crossbar.answer AS (kind text, payload text, args text, kwargs text);
