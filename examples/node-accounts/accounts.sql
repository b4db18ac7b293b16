-- Users, roles and permissions of a WAMP realm as tables. Run as superuser, after setup.sql and `pgwamp install`.

CREATE EXTENSION IF NOT EXISTS pgcrypto;

CREATE SCHEMA accounts;

-- The role that the functions below run as: it reads the tables and can do nothing else.
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'accounts') THEN
    CREATE ROLE accounts;
  END IF;
END
$$;

GRANT accounts TO crossbar;

CREATE TABLE accounts.person (
  authid text PRIMARY KEY,
  -- Of the ticket only a hash is kept.
  ticket text NOT NULL,
  role text NOT NULL CHECK (role IN ('member', 'manager'))
);

CREATE TABLE accounts.permission (
  role text NOT NULL,
  action text NOT NULL CHECK (action IN ('call', 'register', 'publish', 'subscribe')),
  -- Every URI that begins with it.
  prefix text NOT NULL,
  PRIMARY KEY (role, action, prefix)
);

INSERT INTO accounts.person VALUES
  ('ada', crypt('adas ticket', gen_salt('bf')), 'manager'),
  ('grace', crypt('graces ticket', gen_salt('bf')), 'member');

INSERT INTO accounts.permission VALUES
  ('member', 'call', 'com.example.hello'),
  ('manager', 'call', 'com.example.');

-- Called with the realm, the authid and the details of HELLO, `ticket` among them. Returns what the session gets.
CREATE FUNCTION accounts.authenticate(realm text, authid text, details jsonb) RETURNS jsonb
LANGUAGE plpgsql STABLE SET search_path = accounts, public, pg_temp AS $$
DECLARE
  found_role text;
BEGIN
  SELECT person.role INTO found_role FROM person
  WHERE person.authid = authenticate.authid AND person.ticket = crypt(details ->> 'ticket', person.ticket);
  IF found_role IS NULL THEN
    PERFORM crossbar.raise('wamp.error.authentication_denied', '["unknown person or wrong ticket"]');
  END IF;
  RETURN jsonb_build_object('role', found_role);
END
$$;

-- Called with the details of the session, the URI, the action and its options.
CREATE FUNCTION accounts.authorize(session jsonb, uri text, action text, options jsonb) RETURNS boolean
LANGUAGE sql STABLE SET search_path = accounts, pg_temp
RETURN EXISTS (
  SELECT FROM accounts.permission
  WHERE role = session ->> 'authrole' AND permission.action = authorize.action AND starts_with(uri, prefix)
);

CREATE FUNCTION accounts.hello() RETURNS text LANGUAGE sql STABLE
RETURN 'hello ' || current_setting('crossbar.caller_authid');

CREATE FUNCTION accounts.people() RETURNS SETOF text LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT authid FROM accounts.person ORDER BY authid;
END;

GRANT USAGE ON SCHEMA accounts TO accounts;
GRANT SELECT ON accounts.person, accounts.permission TO accounts;

SELECT crossbar.register('com.example.accounts.authenticate', 'accounts.authenticate(text, text, jsonb)', '{"run_as": "accounts"}');
SELECT crossbar.register('com.example.accounts.authorize', 'accounts.authorize(jsonb, text, text, jsonb)', '{"run_as": "accounts"}');
SELECT crossbar.register('com.example.hello', 'accounts.hello()', '{"run_as": "accounts", "disclose_caller": true}');
SELECT crossbar.register('com.example.people', 'accounts.people()', '{"run_as": "accounts"}');
