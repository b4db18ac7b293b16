import { rejection } from '@pgwamp/harness/fixtures/rejection';
import { expect } from 'chai';
import type { PooledSession, StatementError, Transaction } from '../../src/postgres/index.ts';
import { answer, sessionStage, transaction } from '../support/session-stage.ts';

/** The state of a session that is not stored in the database. */
const state = `SELECT concat_ws(' | ', pg_backend_pid(), session_user, current_user, coalesce(current_setting('my.own', true), ''),
  (SELECT string_agg(name || '=' || setting, ',' ORDER BY name) FROM pg_settings
     WHERE source = 'session' OR name IN ('role', 'search_path', 'session_replication_role')),
  (SELECT count(*) FROM pg_class WHERE relnamespace = pg_my_temp_schema()),
  (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()),
  (SELECT string_agg(name, ',') FROM pg_cursors WHERE is_holdable),
  (SELECT string_agg(name, ',') FROM pg_prepared_statements WHERE from_sql),
  (SELECT string_agg(channel, ',') FROM pg_listening_channels() AS channel))`;

const leavings: Record<string, readonly string[]> = {
  'a role': ['SET ROLE {role}'],
  'a role of the transaction': ['SET LOCAL ROLE {role}', 'SELECT 1'],
  'another session user': ['SET SESSION AUTHORIZATION DEFAULT', 'SET ROLE {role}'],
  settings: [
    `SELECT set_config('search_path', 'pg_temp, nowhere', false), set_config('work_mem', '64kB', false)`,
    `SET client_encoding = 'LATIN1'`,
    `SET application_name = 'somebody else'`,
    'SET idle_session_timeout = 60001',
    'SET statement_timeout = 60000',
    'SET lc_time = "C"',
  ],
  'settings of its own': [`SET my.own = 'x'`, `SELECT set_config('my.other', 'y', false)`],
  'a kind of transactions': ['SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL SERIALIZABLE, READ ONLY'],
  'temporary objects': [
    'SET LOCAL ROLE {role}',
    'CREATE TEMP TABLE t AS SELECT 1 AS n',
    'CREATE TEMP VIEW v AS SELECT * FROM t',
    'CREATE TEMP SEQUENCE s',
    'CREATE FUNCTION pg_temp.f() RETURNS int LANGUAGE sql AS $$ SELECT 1 $$',
  ],
  'advisory locks': [
    'SELECT pg_advisory_lock(1), pg_advisory_lock_shared(2), pg_try_advisory_lock(1), pg_advisory_lock(3, 4)',
  ],
  'prepared statements': [
    'PREPARE one AS SELECT 1',
    'PREPARE "a""b; \'c" AS SELECT $1::int',
    'PREPARE "Ää " AS SELECT 2',
    `PREPARE "${'x'.repeat(63)}" AS SELECT 3`,
  ],
  'what it LISTENs to': ['LISTEN one', 'LISTEN "Two \n"', `NOTIFY one, 'x'`],
  'cursors that are held': ['DECLARE c CURSOR WITH HOLD FOR SELECT n FROM generate_series(1, 5) n', 'FETCH 2 FROM c'],
};

/** A transaction whose last statement resets the session if the others have written nothing. */
function resetting(...steps: readonly string[]): Transaction {
  return { ...transaction(...steps, 'SELECT 1, crossbar._reset()'), resets: true };
}

async function expectNothingLeft(session: PooledSession, steps: readonly string[], what: string) {
  const before = await answer(session, state);
  await session.run(transaction(...steps));
  expect(await answer(session, state), what).to.equal(before);
  for (const _round of [1, 2]) {
    await session.run(resetting(...steps));
    expect(await answer(session, state), `${what}, reset by a statement`).to.equal(before);
  }
  const failure = await rejection<StatementError>(session.run(transaction(...steps, 'SELECT 1 / 0')));
  expect(failure.cause.code, what).to.equal('22012');
  expect(await answer(session, state), `${what}, after a failure`).to.equal(before);
}

describe('PooledSession: reset', () => {
  it('removes all state of earlier transactions, for any outcome', async () => {
    await using stage = await sessionStage();
    const session = await stage.open();
    for (const [what, steps] of Object.entries(leavings)) {
      const own = steps.map((step) => step.replaceAll('{role}', stage.role));
      await expectNothingLeft(session, own, what);
    }
  });

  it('removes state that only a superuser can create', async () => {
    await using stage = await sessionStage();
    const { user, password } = stage.database.config;
    const session = await stage.open({ user, password } as object);
    await expectNothingLeft(session, ['SET session_replication_role = replica'], 'session_replication_role');
    await expectNothingLeft(session, [`SET SESSION AUTHORIZATION ${stage.role}`], 'another session user');
    await expectNothingLeft(session, [`SET SESSION AUTHORIZATION crossbar`, `SET ROLE ${stage.role}`], 'and role');
  });

  it('forgets the last values of sequences', async () => {
    await using stage = await sessionStage('CREATE SEQUENCE s; GRANT ALL ON s TO crossbar');
    const session = await stage.open();
    for (const begin of [transaction, resetting]) {
      await session.run(begin(`SELECT nextval('s')`, 'SELECT lastval()'));
      const failure = await rejection<StatementError>(session.run(transaction('SELECT lastval()')));
      expect(failure.cause.code).to.equal('55000');
    }
  });

  it('removes what SQL of users leaves while PostgreSQL commits', async () => {
    await using stage = await sessionStage(`
      CREATE FUNCTION public.spoil() RETURNS int LANGUAGE plpgsql AS $$ BEGIN
        SET work_mem = '100kB'; LISTEN spoiled; PERFORM pg_advisory_lock(7); EXECUTE 'PREPARE spoiled AS SELECT 1'; RETURN 1; END $$;
      CREATE FUNCTION public.spoil_late() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        PERFORM public.spoil(); SET CONSTRAINTS ALL DEFERRED; RETURN NULL; END $$;
      CREATE TABLE public.t (n int); GRANT ALL ON public.t TO PUBLIC;
      CREATE CONSTRAINT TRIGGER late AFTER INSERT ON public.t DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION public.spoil_late()`);
    const session = await stage.open();
    const cursor = 'DECLARE c CURSOR WITH HOLD FOR SELECT public.spoil()';
    const inserted = 'INSERT INTO public.t VALUES (1)';
    await expectNothingLeft(session, [cursor], 'a cursor that is held');
    await expectNothingLeft(session, [inserted], 'a deferred trigger');
    const undone = `DO $$ BEGIN BEGIN ${inserted}; RAISE 'undone'; EXCEPTION WHEN raise_exception THEN PERFORM public.spoil(); END; END $$`;
    await expectNothingLeft(session, [undone], 'a subtransaction');
  });

  it('is part of a transaction that has written nothing and resets the session', async () => {
    await using stage = await sessionStage(`CREATE TABLE public.t (what text); GRANT ALL ON public.t TO PUBLIC`);
    const session = await stage.open();
    await stage.sql.query(`CREATE OR REPLACE FUNCTION crossbar._clean_up(idle_session_timeout text) RETURNS json LANGUAGE plpgsql AS
      $$ BEGIN INSERT INTO public.t VALUES ('clean-up'); RETURN NULL; END $$`);
    const cleanUps = async (...steps: readonly string[]) => {
      await session.run(resetting(...steps));
      await session.ready();
      const { rows } = await stage.sql.query(`DELETE FROM public.t WHERE what = 'clean-up' RETURNING what`);
      return rows.length;
    };
    const write = `INSERT INTO public.t VALUES ('call')`;
    expect([await cleanUps('SELECT 1'), await cleanUps('SELECT 1')]).to.deep.equal([0, 0]);
    expect([await cleanUps(write), await cleanUps(write)]).to.deep.equal([1, 1]);
    // The clean-up is sent together with a statement that was not reset the last time.
    expect([await cleanUps('SELECT 1'), await cleanUps('SELECT 1')]).to.deep.equal([1, 0]);
  });

  it('ends the session if it fails', async () => {
    await using stage = await sessionStage();
    const session = await stage.open();
    await stage.sql.query('REVOKE EXECUTE ON FUNCTION pg_advisory_unlock_all() FROM PUBLIC');
    expect(await answer(session, 'SELECT 1')).to.equal('1');
    expect(await rejection(session.ready())).to.equal(session.lost.reason);
    expect(session.lost.reason.message).to.include('it cannot be cleaned up: permission denied');
  });
});

describe('PooledSession: prepared statements', () => {
  const sum = ['SELECT $1::int + 1', '1'] as const;

  it('are reused', async () => {
    await using stage = await sessionStage();
    const session = await stage.open();
    const names = `SELECT string_agg(name, ',' ORDER BY name) FROM pg_prepared_statements WHERE statement = $1`;
    for (const _round of [1, 2, 3]) await session.run(transaction(sum));
    expect(await answer(session, names, sum[0])).to.match(/^\w+$/);
  });

  it('are prepared again after a transaction has deallocated some or all of them', async () => {
    await using stage = await sessionStage();
    const session = await stage.open();
    const { processId } = session;
    const some = `DO $$ DECLARE s text; BEGIN
      FOR s IN SELECT name FROM pg_prepared_statements WHERE statement LIKE '%+ 1' LOOP
        EXECUTE 'DEALLOCATE ' || s; EXECUTE 'PREPARE ' || s || '(int) AS SELECT 666'; END LOOP; END $$`;
    for (const deallocate of ['DEALLOCATE ALL', 'DISCARD PLANS', some]) {
      await session.run(transaction(sum));
      await session.run(transaction(deallocate));
      expect(await session.run(transaction('SELECT 1', sum)), deallocate).to.deep.equal([[['1']], [['2']]]);
      expect(await session.run(transaction(sum)), deallocate).to.deep.equal([[['2']]]);
    }
    expect(await answer(session, 'SELECT pg_backend_pid()')).to.equal(String(processId));
  });

  it('are prepared again if injected SQL has replaced them, and the replacements never run as role crossbar', async () => {
    await using stage = await sessionStage(`CREATE TABLE taken (who text); GRANT ALL ON taken TO PUBLIC;
      CREATE FUNCTION public.careless(query text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN EXECUTE query; END $$`);
    await stage.sql.query(`ALTER FUNCTION public.careless(text) OWNER TO ${stage.role}`);
    const attack = `DO $do$ DECLARE s record; BEGIN
      FOR s IN SELECT name, parameter_types AS types FROM pg_prepared_statements LOOP
        EXECUTE 'DEALLOCATE ' || s.name;
        EXECUTE format('PREPARE %I %s AS INSERT INTO public.taken SELECT current_user', s.name,
          '(' || nullif(array_to_string(s.types, ','), '') || ')');
      END LOOP; END $do$`;
    const session = await stage.open();
    const settings = [`SELECT set_config('role', $1, true)`, stage.role] as const;
    for (const query of ['SELECT 1', attack, 'SELECT 2', attack, attack, 'SELECT 3']) {
      await session.run(transaction(settings, ['SELECT public.careless($1)', query]));
    }
    const { rows } = await stage.sql.query('SELECT who FROM public.taken');
    expect(rows).to.deep.equal([]);
  });

  it('are prepared again when the type of their result has changed', async () => {
    await using stage = await sessionStage('CREATE TABLE t AS SELECT 1 AS n; GRANT ALL ON t TO crossbar');
    const session = await stage.open();
    expect(await session.run(transaction('SELECT * FROM t'))).to.deep.equal([[['1']]]);
    await stage.sql.query('ALTER TABLE t ADD COLUMN m int DEFAULT 2');
    expect(await session.run(transaction('SELECT 0', 'SELECT * FROM t'))).to.deep.equal([[['0']], [['1', '2']]]);
  });

  it('are not retried after a statement that may have had an effect, but the next transaction succeeds', async () => {
    await using stage = await sessionStage('CREATE TABLE t AS SELECT 1 AS n; GRANT ALL ON t TO crossbar');
    const session = await stage.open();
    const steps = transaction('SELECT 0', 'SELECT 1', 'SELECT * FROM t');
    await session.run(steps);
    await stage.sql.query('ALTER TABLE t ADD COLUMN m int DEFAULT 2');
    expect((await rejection<StatementError>(session.run(steps))).cause.code).to.equal('0A000');
    expect((await session.run(steps))[2]).to.deep.equal([['1', '2']]);
  });

  it('survive a statement that cannot be parsed', async () => {
    await using stage = await sessionStage();
    const session = await stage.open();
    const failing = transaction('SELECT 7', 'SELECT nothing', 'SELECT 8');
    for (const _round of [1, 2]) {
      expect(await rejection<StatementError>(session.run(failing))).to.include({ phase: 'parse', statement: 1 });
    }
    expect(await session.run(transaction('SELECT 8', 'SELECT 7'))).to.deep.equal([[['8']], [['7']]]);
  });

  it('are at most 64: the least recently used ones are deallocated', async () => {
    await using stage = await sessionStage();
    const session = await stage.open();
    const names = `SELECT string_agg(statement, ',') FROM pg_prepared_statements WHERE statement LIKE 'SELECT % n'`;
    for (let n = 0; n < 100; n += 1) await session.run(transaction(`SELECT ${n} n`, 'SELECT 0 n'));
    const kept = (await answer(session, names))?.split(',') ?? [];
    expect(kept).to.have.length.within(60, 64);
    expect(kept).to.include.members(['SELECT 0 n', 'SELECT 99 n', 'SELECT 50 n']);
    expect(kept).to.not.include('SELECT 20 n');
  });
});
