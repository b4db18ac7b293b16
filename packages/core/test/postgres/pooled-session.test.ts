import { sharedPostgres } from '@pgwamp/harness';
import { rejection } from '@pgwamp/harness/fixtures/rejection';
import { expect } from 'chai';
import { Connection, StatementError } from '../../src/postgres/index.ts';
import { installDelivery, setUp } from '../support/database.ts';
import { answer, committedFirst, sessionStage, transaction } from '../support/session-stage.ts';

/** Which message PostgreSQL refused, and why. */
function refusalOf({ statement, phase, parameter, cause }: StatementError) {
  return [statement, phase, parameter, cause.code];
}

describe('PooledSession: transaction', () => {
  it('returns the rows of every statement as text, and NULL as null', async () => {
    await using stage = await sessionStage();
    const session = await stage.open();
    const results = await session.run(
      transaction(
        ['SELECT $1::int8 + 1, $2::text', '9007199254740993', null],
        'SELECT n FROM generate_series(1, 3) n',
        'SELECT 1 WHERE false',
        '',
      ),
    );
    expect(results).to.deep.equal([[['9007199254740994', null]], [['1'], ['2'], ['3']], [], []]);
  });

  it('is committed before its results are returned, and its settings end with it', async () => {
    await using stage = await sessionStage('CREATE TABLE t (n int); GRANT ALL ON t TO crossbar');
    const session = await stage.open();
    const results = await session.run(
      transaction(
        `SELECT set_config('role', '${stage.role}', true), set_config('crossbar.caller', '7', true)`,
        `SELECT current_user = '${stage.role}', current_setting('crossbar.caller')`,
        'RESET ROLE',
        ['INSERT INTO t VALUES ($1) RETURNING n', '1'],
      ),
    );
    const { rows } = await stage.sql.query('SELECT n FROM t');
    expect(results.slice(1)).to.deep.equal([[['t', '7']], [], [['1']]]);
    expect(rows).to.deep.equal([{ n: 1 }]);
    expect(await answer(session, `SELECT current_user || current_setting('crossbar.caller')`)).to.equal('crossbar');
  });

  it('is rolled back when one of its statements fails', async () => {
    await using stage = await sessionStage('CREATE TABLE t (n int); GRANT ALL ON t TO crossbar');
    const session = await stage.open();
    const failing = transaction(['INSERT INTO t VALUES ($1)', '1'], 'SELECT 1 / 0', 'INSERT INTO t VALUES (2)');
    expect(refusalOf(await rejection(session.run(failing)))).to.deep.equal([1, 'execute', undefined, '22012']);
    expect(await answer(session, 'SELECT count(*) FROM t')).to.equal('0');
  });

  it('fails at COMMIT if a deferred constraint does', async () => {
    await using stage = await sessionStage(
      `CREATE TABLE t (n int UNIQUE DEFERRABLE INITIALLY DEFERRED);
       INSERT INTO t VALUES (1); GRANT ALL ON t TO crossbar`,
    );
    const session = await stage.open();
    const failure = await rejection<StatementError>(session.run(transaction('SELECT 1', 'INSERT INTO t VALUES (1)')));
    expect(failure).to.be.instanceOf(StatementError);
    expect(refusalOf(failure)).to.deep.equal([2, 'commit', undefined, '23505']);
    expect(await answer(session, 'SELECT count(*) FROM t')).to.equal('1');
  });

  it('runs its statements one by one, so that each sees the effects of earlier ones', async () => {
    await using stage = await sessionStage();
    const session = await stage.open();
    const steps = transaction('CREATE TEMP TABLE t (n int)', 'INSERT INTO t VALUES (5)', 'SELECT n FROM t');
    for (const _round of [1, 2]) expect(await session.run(steps)).to.deep.equal([[], [], [['5']]]);
  });

  it('waits for the previous one, also after one that failed', async () => {
    await using stage = await sessionStage();
    const session = await stage.open();
    const answers = await Promise.allSettled([
      session.run(transaction('SELECT pg_sleep(0.05)', 'SELECT 1')),
      session.run(transaction('SELECT 1 / 0')),
      session.run(transaction('SELECT 2')),
    ]);
    expect(answers.map(({ status }) => status)).to.deep.equal(['fulfilled', 'rejected', 'fulfilled']);
    expect(answers[2]).to.deep.include({ value: [[['2']]] });
  });
});

describe('PooledSession: failure of a statement', () => {
  it('shows whether the statement, a parameter or the execution failed', async () => {
    await using stage = await sessionStage(
      `CREATE FUNCTION public.fails(a int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS
         $$ BEGIN RAISE 'no' USING ERRCODE = '22P02'; END $$;
       CREATE DOMAIN public.small AS int CHECK (VALUE < 10)`,
    );
    const session = await stage.open();
    const failures = [
      ['SELECT nothing', []],
      ['SELECT $1::int + $2::int', ['1', 'x\n$3']],
      ['SELECT $1::int + $2::int', ['99999999999', '1']],
      ['SELECT $1::public.small', ['11']],
      ['SELECT $1::json', ['{"a": $2']],
      ['SELECT $1::text', ['\0']],
      // Planned with the value of the parameter at hand, this function runs while the parameters are bound.
      ['SELECT public.fails($1::int)', ['1']],
      ['SELECT public.fails(length($1))', ['$1']],
    ] as const;
    const found = [];
    for (const [text, values] of failures) {
      found.push(refusalOf(await rejection(session.run(transaction('SELECT 1', [text, ...values])))));
    }
    expect(found).to.deep.equal([
      [1, 'parse', undefined, '42703'],
      [1, 'bind', 2, '22P02'],
      [1, 'bind', 1, '22003'],
      [1, 'bind', 1, '23514'],
      [1, 'bind', 1, '22P02'],
      [1, 'bind', 1, '22021'],
      [1, 'execute', undefined, '22P02'],
      [1, 'execute', undefined, '22P02'],
    ]);
  });
});

describe('PooledSession: transaction whose settings last for the session', () => {
  const procedure = `
    CREATE TABLE public.t (n int, who text); GRANT ALL ON public.t TO PUBLIC;
    CREATE PROCEDURE public.steps(INOUT n int) LANGUAGE plpgsql AS $$ BEGIN
      INSERT INTO public.t VALUES (n, current_user); COMMIT;
      INSERT INTO public.t VALUES (n + 1, current_user || current_setting('crossbar.caller')); COMMIT;
      IF n = 3 THEN RAISE 'three'; END IF;
      n := 10;
    END $$`;
  const settings = (role: string) =>
    `SELECT set_config('role', '${role}', false), set_config('crossbar.caller', '!', false)`;

  it('keeps them after a COMMIT of the procedure, and removes them at its end', async () => {
    await using stage = await sessionStage(procedure);
    const session = await stage.open();
    const call = committedFirst(settings(stage.role), ['CALL public.steps($1::int)', '1']);
    expect((await session.run(call))[1]).to.deep.equal([['10']]);
    const { rows } = await stage.sql.query('SELECT n, who FROM public.t ORDER BY n');
    expect(rows).to.deep.equal([
      { n: 1, who: stage.role },
      { n: 2, who: `${stage.role}!` },
    ]);
    expect(await answer(session, `SELECT current_user || current_setting('crossbar.caller')`)).to.equal('crossbar');
  });

  it('keeps the committed work of a procedure that fails later', async () => {
    await using stage = await sessionStage(procedure);
    const session = await stage.open();
    const call = committedFirst(settings(stage.role), ['CALL public.steps($1::int)', '3']);
    expect(refusalOf(await rejection(session.run(call)))).to.deep.equal([1, 'execute', undefined, 'P0001']);
    expect(await answer(session, 'SELECT count(*) || current_user FROM public.t')).to.equal('2crossbar');
  });

  it('runs no other statement if the settings fail', async () => {
    await using stage = await sessionStage(procedure);
    const session = await stage.open();
    const call = committedFirst(settings('nobody_at_all'), ['CALL public.steps($1::int)', '1']);
    expect(refusalOf(await rejection(session.run(call)))).to.deep.equal([0, 'execute', undefined, '22023']);
    expect(await answer(session, 'SELECT count(*) FROM public.t')).to.equal('0');
  });
});

describe('PooledSession: database with another encoding than UTF8', () => {
  it('reads and writes text correctly', async () => {
    await using stage = await sessionStage();
    const name = `${stage.database.name}_latin1`;
    const server = await sharedPostgres();
    await using superuser = await server.connect();
    await superuser.query(`CREATE DATABASE ${name} ENCODING 'LATIN1' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'`);
    try {
      const connect = (overrides?: object) => stage.database.connect({ database: name, ...overrides });
      await setUp({ ...stage.database, connect });
      await using installer = await Connection.open({ ...stage.database.crossbar, database: name }, 'installer');
      await installDelivery(installer, 'outbox');
      const session = await stage.open({ database: name });
      expect(await answer(session, `SELECT $1 || chr(228)`, 'ö')).to.equal('öä');
      await session.close();
    } finally {
      await superuser.query(`DROP DATABASE ${name} WITH (FORCE)`);
    }
  });
});
