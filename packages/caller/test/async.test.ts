import { WampError } from '@pgwamp/core';
import { waitFor } from '@pgwamp/harness';
import { type CallerStage, callerOptions, openCallerStage, startCaller } from '@pgwamp/harness/fixtures/caller-stage';
import { join } from '@pgwamp/harness/fixtures/join';
import { errorOf } from '@pgwamp/harness/fixtures/sql-error';
import { createRoles } from '@pgwamp/harness/fixtures/sql-roles';
import { createTestRouter } from '@pgwamp/harness/fixtures/test-router';
import { expect } from 'chai';
import { registerEndless } from './support/endless.ts';

/** An asynchronous call, as SQL writes it. */
function callAsync(procedure: string, args: unknown[] = [], options: object = {}): string {
  return `SELECT crossbar.call_async('${procedure}', '${JSON.stringify(args)}', NULL, '${JSON.stringify(options)}')`;
}

/** The outcomes of all calls that are settled, in the order in which they were asked for, once there are so many. */
async function outcomes({ sql }: Pick<CallerStage, 'sql'>, count: number) {
  const settled =
    'SELECT procedure, state, tries, result, error, error_args, handler_error FROM crossbar.async_call WHERE settled_at IS NOT NULL ORDER BY due_at';
  return waitFor(
    async () => {
      const { rows } = await sql.query(settled);
      return rows.length === count && rows;
    },
    { what: `${count} outcomes` },
  );
}

/** Records the arguments of handlers. */
const told = `CREATE TABLE told (id bigint, result jsonb, error jsonb, who text DEFAULT current_user);
  CREATE FUNCTION note(id bigint, result jsonb, error jsonb) RETURNS void LANGUAGE sql AS 'INSERT INTO public.told VALUES (id, result, error)';
  CREATE FUNCTION refuse(id bigint, result jsonb, error jsonb) RETURNS void LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''no''; END'`;

describe('crossbar.call_async', () => {
  it('calls after COMMIT, not after ROLLBACK, and stores the outcome', async () => {
    await using stage = await openCallerStage();
    const calls: unknown[] = [];
    await stage.callee.register('com.example.note', ([what], _kwargs, { forward_for }) => {
      calls.push([what, forward_for]);
      return { args: [what, 9223372036854775807n], kwargs: {} };
    });
    await stage.callee.register('com.example.fail', () => {
      throw new WampError('com.example.error.full', ['no room']);
    });
    await stage.sql.query(`BEGIN; ${callAsync('com.example.note', ['never'])}; ROLLBACK`);
    await stage.sql.query(`BEGIN; ${callAsync('com.example.note', ['milk'])}`);
    expect(calls).to.deep.equal([]);
    await stage.sql.query('COMMIT');
    await stage.sql.query(`${callAsync('com.example.fail')}; ${callAsync('com.example.none')}`);
    const [noted, failed, none] = await outcomes(stage, 3);
    expect(noted).to.deep.include({ state: 'succeeded', tries: 1, error: null });
    expect(failed).to.deep.include({ state: 'failed', error: 'com.example.error.full', error_args: ['no room'] });
    expect(none).to.deep.include({ state: 'failed', error: 'wamp.error.no_such_procedure' });
    expect(await stage.one(`SELECT result FROM crossbar.calls WHERE state = 'succeeded'`)).to.equal(
      '{"args": ["milk", 9223372036854775807], "kwargs": {}}',
    );
    const { id } = stage.caller.status().session ?? {};
    const login = await stage.one('SELECT session_user');
    expect(calls).to.deep.equal([['milk', [{ session: id, authid: login, authrole: login }]]]);
    expect(stage.caller.status().async).to.deep.equal({ calls: 3, failed: 2, failedHandlers: 0, inFlight: 0 });
  });

  it('retries as often as the option retries allows', async () => {
    await using stage = await openCallerStage();
    let calls = 0;
    await stage.callee.register('com.example.third', () => {
      calls += 1;
      if (calls % 3 !== 0) throw new WampError('wamp.error.unavailable');
      return calls;
    });
    await stage.sql.query(callAsync('com.example.third', [], { retries: 2 }));
    expect(await outcomes(stage, 1)).to.deep.include.members([
      {
        procedure: 'com.example.third',
        state: 'succeeded',
        tries: 3,
        result: 3,
        error: null,
        error_args: null,
        handler_error: null,
      },
    ]);
    await stage.sql.query(callAsync('com.example.third', [], { retries: 1 }));
    expect((await outcomes(stage, 2))[1]).to.include({ state: 'failed', tries: 2 });
    expect(calls).to.equal(5);
  });

  it('calls the handler with the outcome, as the requesting role', async () => {
    await using stage = await openCallerStage();
    await using roles = await createRoles(stage.sql, 1);
    const [clerk] = roles.names;
    await stage.callee.register('com.example.echo', ([value]) => value);
    await stage.sql.query(`${told}; GRANT INSERT ON told TO ${clerk}; GRANT ${clerk} TO crossbar;
      GRANT EXECUTE ON FUNCTION crossbar.call_async, crossbar.subscribe TO ${clerk}; GRANT USAGE ON SCHEMA public TO ${clerk};
      SET ROLE ${clerk}`);
    const handler = 'public.note';
    const id = await stage.one(callAsync('com.example.echo', [{ a: [1.5] }], { handler }));
    await stage.one(callAsync('com.example.none', [], { handler }));
    await stage.one(callAsync('com.example.echo', [], { handler: 'public.refuse' }));
    await stage.sql.query('RESET ROLE');
    const settled = await outcomes(stage, 3);
    const { rows } = await stage.sql.query('SELECT id, result, error, who FROM told ORDER BY error IS NOT NULL');
    expect(rows[0]).to.deep.equal({ id, result: { a: [1.5] }, error: null, who: clerk });
    expect(rows[1]).to.deep.include({ result: null, who: clerk });
    expect(rows[1].error).to.include({ error: 'wamp.error.no_such_procedure' });
    expect(rows).to.have.length(2);
    const failed = settled.find(({ handler_error }) => handler_error !== null);
    expect(failed).to.include({ state: 'succeeded', result: null, handler_error: 'wamp.error.runtime_error: no' });
    expect(stage.caller.status().async).to.include({ calls: 3, failed: 1, failedHandlers: 1 });
  });

  it('does not call a replacement of the handler with another owner', async () => {
    await using stage = await openCallerStage();
    await using roles = await createRoles(stage.sql, 2);
    const [clerk, thief] = roles.names;
    const made = `CREATE FUNCTION shared.note(id bigint, result jsonb, error jsonb) RETURNS void LANGUAGE sql
      AS 'INSERT INTO public.told VALUES (id, result, error)'`;
    await stage.callee.register('com.example.echo', ([value]) => value);
    await stage.sql.query(`${told}; GRANT INSERT ON told TO ${clerk}; GRANT ${clerk} TO crossbar; CREATE SCHEMA shared;
      GRANT ALL ON SCHEMA shared TO ${clerk}, ${thief};
      GRANT EXECUTE ON FUNCTION crossbar.call_async, crossbar.subscribe TO ${clerk}; SET ROLE ${clerk}; ${made}; RESET ROLE`);
    const ask = () =>
      stage.sql.query(
        `SET ROLE ${clerk}; ${callAsync('com.example.echo', [], { handler: 'shared.note' })}; RESET ROLE`,
      );
    await ask();
    await outcomes(stage, 1);
    await stage.caller.stop();
    await ask();
    await stage.sql.query(`DROP FUNCTION shared.note; SET ROLE ${thief}; ${made}; RESET ROLE`);
    await stage.caller.start();
    const settled = await outcomes(stage, 2);
    expect(settled[1]).to.include({
      state: 'succeeded',
      handler_error: `wamp.error.unavailable: shared.note(bigint,jsonb,jsonb) belongs to role ${thief}, and belonged to ${clerk} when the call was asked for`,
    });
    expect(await stage.one('SELECT count(*) FROM told')).to.equal('1');
    await stage.sql.query('DROP SCHEMA shared CASCADE');
  });

  it('makes many calls with limited concurrency', async () => {
    await using stage = await openCallerStage({ extra: { async: { concurrency: 4 } } });
    let current = 0;
    let highest = 0;
    await stage.callee.register('com.example.slow', async ([number]) => {
      current += 1;
      highest = Math.max(highest, current);
      await new Promise((resolve) => setTimeout(resolve, 1));
      current -= 1;
      return number;
    });
    await stage.sql.query(
      `SELECT crossbar.call_async('com.example.slow', jsonb_build_array(n)) FROM generate_series(1, 100) AS n`,
    );
    await outcomes(stage, 100);
    expect(highest).to.equal(4);
    expect(await stage.one('SELECT sum(result::int) FROM crossbar.calls')).to.equal('5050');
  });

  it('keeps the order of waiting calls, without a Caller and after the loss of its connection', async () => {
    await using stage = await openCallerStage({ extra: { async: { concurrency: 1 } } });
    const { sql, caller, callee } = stage;
    const calls: unknown[] = [];
    const blocked = Promise.withResolvers<void>();
    await callee.register('com.example.note', async ([what]) => {
      calls.push(what);
      if (calls.length === 1) await blocked.promise;
    });
    await caller.stop();
    await sql.query([1, 2, 3].map((number) => callAsync('com.example.note', [number])).join(';'));
    await caller.start();
    await waitFor(() => calls.length === 1, { what: 'the first call' });
    await sql.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE application_name = 'pgwamp caller realm1' AND datname = current_database()`);
    await outcomes(stage, 3);
    expect(calls).to.deep.equal([1, 1, 2, 3]);
    blocked.resolve();
  });

  it('repeats a call, or the call of its handler, if another session has the process id of its Caller', async () => {
    await using stage = await openCallerStage();
    const { sql, callee, caller } = stage;
    await using roles = await createRoles(sql, 1);
    const [clerk] = roles.names;
    // Role crossbar does not see when a session of others began.
    await sql.query(`ALTER ROLE ${clerk} LOGIN PASSWORD 'clerk'`);
    await using visitor = await stage.database.connect({ user: clerk, password: 'clerk' });
    const { rows: visitors } = await visitor.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    await callee.register('com.example.one', () => 1);
    await caller.stop();
    await sql.query(`${told}; GRANT INSERT ON told TO ${clerk}; GRANT ${clerk} TO crossbar;
      GRANT EXECUTE ON FUNCTION crossbar.call_async, crossbar.subscribe TO ${clerk}; GRANT USAGE ON SCHEMA public TO ${clerk};
      SET ROLE ${clerk}; ${callAsync('com.example.one')}; ${callAsync('com.example.one', [], { handler: 'public.note' })}; RESET ROLE`);
    await sql.query(`UPDATE crossbar.async_call SET state = CASE WHEN handler IS NULL THEN 'running' ELSE 'succeeded' END,
        process_id = activity.pid, backend_start = activity.backend_start - interval '1 microsecond'
      FROM pg_stat_activity AS activity WHERE activity.pid = ${visitors[0]?.pid}`);
    await caller.start();
    const [made] = await outcomes(stage, 2);
    expect(made).to.deep.include({ state: 'succeeded', result: 1 });
    expect((await sql.query('SELECT count(*)::int FROM told')).rows).to.deep.equal([{ count: 1 }]);
  });

  it('starts due calls in their order, for any order of the table', async () => {
    await using stage = await openCallerStage();
    const { sql, caller, callee } = stage;
    const calls: unknown[] = [];
    await callee.register('com.example.note', ([number]) => {
      calls.push(number);
    });
    await caller.stop();
    // With another plan the rows come as they lie in the table, or not.
    await sql.query(`ALTER DATABASE ${stage.database.name} SET enable_nestloop = off`);
    const numbers = Array.from({ length: 16 }, (_, index) => index + 1);
    await sql.query(numbers.map((number) => callAsync('com.example.note', [number])).join(';'));
    await sql.query(`UPDATE crossbar.async_call SET due_at = due_at - (args ->> 0)::int * interval '1 s'`);
    await caller.start();
    await outcomes(stage, 16);
    expect(calls).to.deep.equal(numbers.toReversed());
  });

  it('retries a failed handler as often as the option retries allows', async () => {
    await using stage = await openCallerStage();
    await using roles = await createRoles(stage.sql, 1);
    const [clerk] = roles.names;
    await stage.callee.register('com.example.echo', ([value]) => value);
    await stage.sql.query(`CREATE SEQUENCE runs;
      CREATE FUNCTION third(id bigint, result jsonb, error jsonb) RETURNS void LANGUAGE plpgsql AS $$ BEGIN
        IF nextval('public.runs') % 3 <> 0 THEN RAISE EXCEPTION 'not yet'; END IF; END $$;
      GRANT USAGE ON SEQUENCE runs TO ${clerk}; GRANT ${clerk} TO crossbar;
      GRANT EXECUTE ON FUNCTION crossbar.call_async, crossbar.subscribe TO ${clerk}`);
    const ask = (value: number, retries: number) =>
      stage.sql.query(
        `SET ROLE ${clerk}; ${callAsync('com.example.echo', [value], { handler: 'public.third', retries })}; RESET ROLE`,
      );
    await ask(1, 2);
    expect((await outcomes(stage, 1))[0]).to.include({ state: 'succeeded', tries: 1, handler_error: null });
    await ask(2, 1);
    expect((await outcomes(stage, 2))[1]).to.include({ tries: 1, handler_error: 'wamp.error.runtime_error: not yet' });
    expect(await stage.one('SELECT last_value FROM runs')).to.equal('5');
    expect(stage.caller.status().async).to.include({ calls: 2, failed: 0, failedHandlers: 1 });
  });

  it('is repeated after the loss of the router', async () => {
    await using stage = await openCallerStage();
    const { sql, database } = stage;
    await stage.caller.stop();
    const first = createTestRouter();
    const { url } = await first.listen();
    await using caller = await startCaller(callerOptions(database, { type: 'websocket', url }));
    const state = await registerEndless(await join(first));
    await sql.query(callAsync('com.example.endless'));
    await waitFor(() => state.called === 1, { what: 'the call' });
    const stateOfCall = 'SELECT state FROM crossbar.calls';
    expect(await stage.one(stateOfCall)).to.equal('running');
    await first.close();
    // Calls left by others are not taken before a router is available again.
    await waitFor(async () => (await stage.one(stateOfCall)) === 'waiting', { what: 'the call to be left' });
    await using second = createTestRouter();
    await using callee = await join(second);
    await callee.register('com.example.endless', () => 'done');
    await second.listen({ port: Number(new URL(url).port) });
    const [outcome] = await outcomes(stage, 1);
    expect(outcome).to.include({ state: 'succeeded', tries: 1, result: 'done' });
    expect(caller.status().async).to.include({ calls: 2, failed: 0 });
  });

  it('fails if PostgreSQL cannot store the result', async () => {
    await using stage = await openCallerStage();
    await stage.callee.register('com.example.zero', () => 'a\0b');
    await stage.sql.query(callAsync('com.example.zero', [], { retries: 3 }));
    const [outcome] = await outcomes(stage, 1);
    expect(outcome).to.include({ state: 'failed', tries: 1, error: 'wamp.error.invalid_argument' });
  });

  it('needs no dblink, without which crossbar.call reports what to do', async () => {
    await using stage = await openCallerStage();
    await stage.callee.register('com.example.two', () => 2);
    await stage.sql.query('DROP EXTENSION dblink');
    const error = await errorOf(stage.sql.query(`SELECT crossbar.call('com.example.two')`));
    expect(error).to.include({
      code: '0A000',
      hint: 'Run section 3 of sql/setup.sql, or use crossbar.call_async, which needs no dblink.',
    });
    await stage.sql.query(callAsync('com.example.two'));
    expect((await outcomes(stage, 1))[0]).to.include({ state: 'succeeded', result: 2 });
    expect(await stage.one('SELECT state FROM crossbar.calls')).to.equal('succeeded');
  });

  it('leaves calls of another realm alone', async () => {
    await using stage = await openCallerStage({ router: { realms: ['realm1', 'realm2'] } });
    await stage.callee.register('com.example.where', () => 1);
    const options = callerOptions(stage.database, { type: 'memory', router: { attach: () => stage.router.attach() } });
    await stage.sql.query(callAsync('com.example.where', [], { realm: 'realm2' }));
    await stage.sql.query(callAsync('com.example.where', [], { realm: 'realm1' }));
    expect((await outcomes(stage, 1))[0]).to.include({ state: 'succeeded' });
    await using _other = await startCaller({ ...options, realm: 'realm2' });
    expect((await outcomes(stage, 2)).map(({ error }) => error)).to.have.members([
      null,
      'wamp.error.no_such_procedure',
    ]);
  });
});
