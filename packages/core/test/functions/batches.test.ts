import type { WampError } from '@pgwamp/core';
import { rejection } from '@pgwamp/harness/fixtures/rejection';
import { expect } from 'chai';
import type { Endpoint } from '../../src/functions/index.ts';
import { ExecutorStage, eventOf } from '../support/executor-stage.ts';

const definitions = `
  CREATE TABLE handled (n serial, event integer, xact text DEFAULT pg_current_xact_id()::text, role text DEFAULT current_user);
  GRANT ALL ON handled, handled_n_seq TO :app, :other;
  CREATE FUNCTION handle(event integer) RETURNS void LANGUAGE plpgsql AS $$
  BEGIN
    IF event < 0 THEN RAISE 'cannot handle %', event; END IF;
    INSERT INTO handled (event) VALUES (event);
    PERFORM set_config('search_path', 'nowhere', true), set_config('work_mem', '77MB', true);
  END $$;
  CREATE FUNCTION handle_many(event integer) RETURNS SETOF integer LANGUAGE sql AS 'INSERT INTO handled (event) VALUES (event); SELECT generate_series(1, 3)';
  CREATE FUNCTION handle_result(event integer) RETURNS crossbar.result LANGUAGE sql AS 'INSERT INTO handled (event) VALUES (event); SELECT ''[]''::jsonb, ''{}''::jsonb';
  CREATE FUNCTION handle_slowly(event integer) RETURNS void LANGUAGE sql AS 'INSERT INTO handled (event) SELECT event FROM pg_sleep(60)';
  CREATE FUNCTION handle_reset(event integer) RETURNS void LANGUAGE plpgsql AS $$
  BEGIN
    INSERT INTO handled (event) VALUES (event);
    RESET ROLE;
  END $$;
  CREATE FUNCTION handle_unbound(event integer) RETURNS void LANGUAGE sql AS $$
    INSERT INTO handled (event) VALUES (event); SELECT set_config('statement_timeout', '0', true) $$;
  CREATE TABLE taken (who text);
  GRANT ALL ON taken TO PUBLIC;
  CREATE FUNCTION careless(query text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN EXECUTE query; END $$;
  ALTER FUNCTION careless(text) OWNER TO :app;
  CREATE PROCEDURE proceed(event integer) LANGUAGE plpgsql AS $$ BEGIN INSERT INTO handled (event) VALUES (event); COMMIT; END $$;
`;

describe('Function executor: batches of events', () => {
  let stage: ExecutorStage;
  let handler: Endpoint;

  before(async () => {
    stage = await ExecutorStage.open(definitions);
    stage.executor({ roles: { user: stage.app, admin: stage.other } });
    handler = await endpoint('handle');
  });

  after(() => stage?.[Symbol.asyncDispose]());

  beforeEach(() => stage.sql.query('TRUNCATE handled'));

  const endpoint = (name: string) =>
    stage.endpoint(`public.${name}(integer)`, { kind: 'subscription', uri: 'com.example.topic' });
  const events = async () =>
    (await stage.sql.query('SELECT event FROM handled ORDER BY n')).rows.map(({ event }) => event);

  it('handles the events of a batch in order, in one transaction', async () => {
    const numbers = Array.from({ length: 200 }, (_, n) => n);
    expect(await stage.handle(handler, numbers)).to.deep.equal({ handled: 200 });
    expect(await events()).to.deep.equal(numbers);
    const { rows } = await stage.sql.query(
      'SELECT count(DISTINCT xact)::int AS transactions, min(role) AS role FROM handled',
    );
    expect(rows).to.deep.equal([{ transactions: 1, role: stage.app }]);
    expect(await stage.handle(handler, [])).to.deep.equal({ handled: 0 });
  });

  it('ignores the results of the handler', async () => {
    for (const name of ['handle_many', 'handle_result']) await stage.handle(await endpoint(name), [1, 2]);
    expect(await events()).to.deep.equal([1, 2, 1, 2]);
  });

  it('rolls back the whole batch if one event fails or has wrong arguments', async () => {
    const failed = await rejection<WampError>(stage.handle(handler, [1, -2, 3]));
    expect([failed.error, failed.args]).to.deep.equal(['wamp.error.runtime_error', ['cannot handle -2']]);
    const refused = await rejection<WampError>(stage.handle(handler, [1, 'two', 3]));
    expect([refused.error, refused.kwargs]).to.deep.equal([
      'wamp.error.invalid_argument',
      { parameter: 'event', expected: 'integer', value: '"two"' },
    ]);
    expect((await rejection<WampError>(stage.handle(handler, [1, [2]]))).error).to.equal('wamp.error.invalid_argument');
    expect(await events()).to.deep.equal([]);
  });

  it('handles a batch once for each name and number', async () => {
    const batch = { name: `same ${stage.app}`, number: 1 };
    await rejection(stage.handle(handler, [-1], batch));
    await stage.handle(handler, [1, 2], batch);
    await stage.handle(handler, [1, 2], batch);
    expect(await events()).to.deep.equal([1, 2]);
    await stage.handle(handler, [3], { ...batch, number: 2 });
    expect(await events()).to.deep.equal([1, 2, 3]);
  });

  it('handles each event once for each queue group', async () => {
    const grouped = { ...handler, options: { queue_group: `'; DROP TABLE handled; --` } };
    expect(await stage.handle(grouped, [1, 2])).to.deep.equal({ handled: 2 });
    expect(await stage.handle(grouped, [1, 2, 3, 4])).to.deep.equal({ handled: 2 });
    expect(await stage.handle({ ...handler, options: { queue_group: 'other' } }, [1])).to.deep.equal({ handled: 1 });
    expect(await events()).to.deep.equal([1, 2, 3, 4, 1]);
    const many = ['handle_many', 'handle_result'].map(async (name) => ({
      ...(await endpoint(name)),
      options: { queue_group: 'other' },
    }));
    for (const other of await Promise.all(many)) await stage.handle(other, [1]);
    expect(await events()).to.have.length(5);
  });

  it('leaves the events of a failed batch to other members of the queue group', async () => {
    const grouped = { ...handler, options: { queue_group: 'fails' } };
    await rejection(stage.handle(grouped, [1, -2]));
    expect(await stage.handle(grouped, [1])).to.deep.equal({ handled: 1 });
  });

  it('handles each event once if several members of a queue group handle it at the same time', async () => {
    const grouped = { ...handler, options: { queue_group: 'race' } };
    const executors = [stage.first, stage.executor(), stage.executor()];
    const publications = Array.from({ length: 60 }, (_, n) => eventOf(n, n + 1));
    const shares = executors.map(async (executor, share) => {
      let count = 0;
      for (let from = 0; from < 60; from += share + 3) {
        const some = publications.slice(from, from + share + 3);
        count += (await executor.handle({ endpoint: grouped, events: some, name: 'x', number: from })).handled;
      }
      return count;
    });
    const total = (await Promise.all(shares)).reduce((sum, count) => sum + count, 0);
    expect(total).to.equal(60);
    expect((await events()).toSorted((a, b) => a - b)).to.deep.equal(Array.from({ length: 60 }, (_, n) => n));
  });

  it('refuses a batch whose events run as different roles', async () => {
    const mapped = { ...handler, role: null };
    const [user, admin] = ['user', 'admin'].map((publisher_authrole, n) => eventOf(n, n + 1, { publisher_authrole }));
    if (!user || !admin) throw new Error('there are two');
    const together = await rejection<WampError>(stage.handle(mapped, [], { events: [user, admin] }));
    expect(together.args).to.match(/cannot be handled in one transaction: they run as different roles/);
    await stage.handle(mapped, [], { events: [user] });
    await stage.handle(mapped, [], { events: [admin] });
    const { rows } = await stage.sql.query('SELECT role FROM handled ORDER BY n');
    expect(rows).to.deep.equal([{ role: stage.app }, { role: stage.other }]);
    const guest = await rejection<WampError>(stage.handle(mapped, [1]));
    expect(guest.error).to.equal('wamp.error.not_authorized');
  });

  it('fails a batch if a handler changes the role or the time limit, and handles its events one by one', async () => {
    for (const name of ['handle_reset', 'handle_unbound']) {
      const changing = await endpoint(name);
      await rejection<WampError>(stage.handle(changing, [1, 2]));
      await rejection<WampError>(stage.handle(changing, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]));
      expect(await events()).to.deep.equal([]);
      for (const event of [1, 2]) await stage.handle(changing, [event]);
      const { rows } = await stage.sql.query('SELECT event, role FROM handled ORDER BY n');
      expect(rows).to.deep.equal([1, 2].map((event) => ({ event, role: stage.app })));
      await stage.sql.query('TRUNCATE handled');
    }
  });

  it('does not run a prepared statement that SQL injected into an event has replaced', async () => {
    const careless = await stage.endpoint('public.careless(text)', { kind: 'subscription', uri: 'com.example.topic' });
    const attack = `DO $do$ DECLARE s record; BEGIN
      FOR s IN SELECT name, parameter_types AS types FROM pg_prepared_statements LOOP
        EXECUTE 'DEALLOCATE ' || s.name;
        EXECUTE format('PREPARE %I %s AS INSERT INTO public.taken SELECT current_user || set_config(''role'', ''none'', true)', s.name,
          '(' || nullif(array_to_string(s.types, ','), '') || ')');
      END LOOP; END $do$`;
    const harmless = Array.from({ length: 20 }, () => 'SELECT 1');
    for (const _round of [1, 2, 3]) await stage.handle(careless, ['SELECT 1', ...harmless]);
    for (const _round of [1, 2, 3]) await stage.handle(careless, [attack, ...harmless]);
    expect((await stage.sql.query('SELECT who FROM taken')).rows).to.deep.equal([]);
  });

  it('sets the identity settings for each event, for any differences between events', async () => {
    await stage.define(`CREATE TABLE seen (n serial, what text); GRANT ALL ON seen, seen_n_seq TO :app;
      CREATE FUNCTION see(event integer) RETURNS void LANGUAGE plpgsql AS $$ BEGIN
        INSERT INTO seen (what) VALUES (concat_ws(' ', event, current_setting('crossbar.topic'), current_setting('crossbar.publication'),
          current_setting('crossbar.publisher'), current_setting('crossbar.publisher_authid')));
        PERFORM set_config('crossbar.publication', 'spoiled', true), set_config('crossbar.publisher_authid', 'spoiled', true);
      END $$`);
    const see = await endpoint('see');
    const published = ['a', 'b', 'b', undefined, 'c'].map((publisher_authid, n) =>
      eventOf(n, n + 1, { publisher: 7, ...(publisher_authid !== undefined && { publisher_authid }) }),
    );
    await stage.handle(see, [], { events: published });
    const { rows } = await stage.sql.query('SELECT what FROM seen ORDER BY n');
    expect(rows.map(({ what }) => what)).to.deep.equal([
      '0 com.example.topic 1 7 a',
      '1 com.example.topic 2 7 b',
      '2 com.example.topic 3 7 b',
      '3 com.example.topic 4 7 ',
      '4 com.example.topic 5 7 c',
    ]);
    await stage.define('TRUNCATE seen');
    // The common part of the identity is checked after the last event.
    const same = [1, 2].map((n) => eventOf(n, n, { publisher_authid: 'a' }));
    await rejection<WampError>(stage.handle(see, [], { events: same }));
    expect((await stage.sql.query('SELECT FROM seen')).rowCount).to.equal(0);
  });

  it('begins the transaction with the settings of the role', async () => {
    await stage.define(`ALTER ROLE :app SET default_transaction_isolation = 'serializable'`);
    const grouped = { ...handler, options: { queue_group: 'serializable' } };
    expect(await stage.handle(grouped, [1, 2])).to.deep.equal({ handled: 2 });
    expect(await stage.handle(grouped, [1, 2, 3])).to.deep.equal({ handled: 1 });
    await stage.define('ALTER ROLE :app RESET ALL');
  });

  it('claims events although the transactions of the role or of the database are read-only', async () => {
    await stage.define(`CREATE FUNCTION read(n integer) RETURNS void LANGUAGE plpgsql AS $$
      BEGIN ASSERT current_setting('transaction_read_only') = 'on'; END $$`);
    const read = await stage.endpoint('public.read(integer)', { kind: 'subscription' });
    const grouped = { ...read, options: { queue_group: 'read' } };
    await stage.define('ALTER ROLE :app SET default_transaction_read_only = on');
    expect(await stage.handle(read, [1, 2])).to.deep.equal({ handled: 2 });
    expect(await stage.handle(grouped, [1, 2])).to.deep.equal({ handled: 2 });
    expect(await stage.handle(grouped, [1, 2, 3])).to.deep.equal({ handled: 1 });
    await stage.define(
      `ALTER ROLE :app RESET ALL; ALTER DATABASE ${stage.database.name} SET default_transaction_read_only = on`,
    );
    await using executor = stage.executor();
    const events = [eventOf(1, 1), eventOf(2, 2)];
    expect(await executor.handle({ endpoint: read, events, name: 'read', number: 1 })).to.deep.equal({ handled: 2 });
    await stage.define(`SET default_transaction_read_only = off; ALTER DATABASE ${stage.database.name} RESET ALL`);
  });

  it("uses PostgreSQL's own operators, whatever precedes them in the search_path of the role", async () => {
    await stage.define(`CREATE SCHEMA planted; GRANT USAGE ON SCHEMA planted TO :app;
      CREATE FUNCTION planted.spring(integer, integer) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE 'planted'; END $$;
      CREATE FUNCTION planted.spring(text, text) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE 'planted'; END $$;
      CREATE OPERATOR planted.>= (FUNCTION = planted.spring, LEFTARG = integer, RIGHTARG = integer);
      CREATE OPERATOR planted./ (FUNCTION = planted.spring, LEFTARG = integer, RIGHTARG = integer);
      CREATE OPERATOR planted.= (FUNCTION = planted.spring, LEFTARG = text, RIGHTARG = text);
      CREATE FUNCTION planted.ignore(event integer) RETURNS void LANGUAGE plpgsql AS $$ BEGIN END $$;
      ALTER ROLE :app SET search_path = planted, pg_catalog, public`);
    const ignore = await stage.endpoint('planted.ignore(integer)', { kind: 'subscription' });
    expect(await stage.handle(ignore, [1, 2, 3])).to.deep.equal({ handled: 3 });
    await stage.define('ALTER ROLE :app RESET ALL');
  });

  it('gives a procedure one event at a time, and no events of a queue group', async () => {
    const proceed = await endpoint('proceed');
    expect(await stage.handle(proceed, [1])).to.deep.equal({ handled: 1 });
    for (const refused of [
      stage.handle(proceed, [2, 3]),
      stage.handle({ ...proceed, options: { queue_group: 'g' } }, [4]),
    ]) {
      expect((await rejection<WampError>(refused)).error).to.equal('wamp.error.unavailable');
    }
    expect(await events()).to.deep.equal([1]);
  });

  it('rolls back the batch when it is canceled', async () => {
    const stop = new AbortController();
    const slow = rejection<WampError>(stage.handle(await endpoint('handle_slowly'), [1], { signal: stop.signal }));
    await stage.asleep(1);
    stop.abort();
    expect((await slow).error).to.equal('wamp.error.canceled');
    expect(await events()).to.deep.equal([]);
  });
});
