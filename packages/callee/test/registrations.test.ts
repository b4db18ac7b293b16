import { setImmediate } from 'node:timers/promises';
import type { Session } from '@pgwamp/core/internal/wamp';
import { type Connection, waitFor } from '@pgwamp/harness';
import { calleeOptions, openCalleeStage, startCallee } from '@pgwamp/harness/fixtures/callee-stage';
import { add2, register } from '@pgwamp/harness/fixtures/register';
import { expect } from 'chai';
import { startCalleeProcess } from './support/callee-process.ts';
import { answerTo } from './support/outcome.ts';

const whoAmI = `CREATE FUNCTION who() RETURNS integer LANGUAGE sql VOLATILE AS 'SELECT pg_backend_pid()';`;

async function states(sql: Connection): Promise<[state: string, error: string | null][]> {
  const { rows } = await sql.query('SELECT state, error FROM crossbar._endpoint_state ORDER BY state');
  return rows.map(({ state, error }) => [state, error?.split(':')[0] ?? null]);
}

describe('A registration by pattern', () => {
  it('answers all matching calls, and the function receives the called procedure', async () => {
    await using stage = await openCalleeStage(
      `CREATE FUNCTION told() RETURNS text LANGUAGE sql AS $$SELECT current_setting('crossbar.procedure')$$;
       CREATE FUNCTION raw(args jsonb, kwargs jsonb, details jsonb) RETURNS jsonb LANGUAGE sql AS 'SELECT details';
       ${register('com.example.prefix', 'told()', { match: 'prefix' })}
       ${register('com.example..wildcard', 'raw(jsonb,jsonb,jsonb)', { match: 'wildcard' })}`,
    );
    const { caller } = stage;
    expect(await answerTo(caller.call('com.example.prefix.one'))).to.deep.equal(['com.example.prefix.one']);
    expect(await answerTo(caller.call('com.example.prefixed'))).to.deep.equal(['com.example.prefixed']);
    const [details] = (await caller.call('com.example.any.wildcard', [], {}, { disclose_me: true })).args;
    expect(details).to.deep.include({ procedure: 'com.example.any.wildcard', caller: caller.id });
  });
});

describe('The option disclose_caller', () => {
  it('passes the caller to the function, also in the settings of its session', async () => {
    await using stage = await openCalleeStage(
      `CREATE FUNCTION caller() RETURNS text[] LANGUAGE sql AS $$
         SELECT ARRAY[current_setting('crossbar.caller'), current_setting('crossbar.caller_authid'), current_setting('crossbar.caller_authrole')]$$;
       ${register('com.example.disclosed', 'caller()', { disclose_caller: true })}
       ${register('com.example.hidden', 'caller()')}`,
    );
    const { caller } = stage;
    const [disclosed] = (await caller.call('com.example.disclosed')).args as [string[]];
    expect(disclosed).to.have.property('0', String(caller.id));
    expect(disclosed).to.have.property('2', 'anonymous');
    expect(await answerTo(caller.call('com.example.hidden'))).to.deep.equal([['', '', '']]);
  });
});

describe('The option concurrency', () => {
  it('limits the concurrent calls of a procedure; the others wait at the router', async () => {
    await using stage = await openCalleeStage(
      `CREATE FUNCTION nap() RETURNS void LANGUAGE sql AS 'SELECT pg_sleep(0.05)';
       ${register('com.example.nap', 'nap()', { concurrency: 2 })}`,
    );
    const atOnce = new Set<number>();
    const calls = Array.from({ length: 8 }, () => stage.caller.call('com.example.nap'));
    const answered = Promise.all(calls).then(() => true);
    await waitFor(
      () => {
        atOnce.add(stage.callee.status().inFlight);
        return Promise.race([answered, setImmediate(false)]);
      },
      { what: 'all answers' },
    );
    expect(Math.max(...atOnce)).to.equal(2);
  });
});

describe('A function that replaces another in one transaction', () => {
  it('answers later calls, and no call in between is refused', async () => {
    await using stage = await openCalleeStage(
      `CREATE FUNCTION one() RETURNS integer LANGUAGE sql AS 'SELECT 1'; CREATE FUNCTION two() RETURNS integer LANGUAGE sql AS 'SELECT 2';
       ${register('com.example.exact', 'one()')} ${register('com.example.prefix', 'one()', { match: 'prefix' })}`,
    );
    const { caller, sql } = stage;
    const procedures = ['com.example.exact', 'com.example.prefix.of.it'];
    const registered = () =>
      Promise.all(procedures.map((name) => answerTo(caller.call('wamp.registration.match', [name]))));
    const before = await registered();
    const answers: unknown[] = [];
    const both = async () => {
      for (const procedure of procedures) answers.push((await answerTo(caller.call(procedure)))[0]);
    };
    for (const [next, number] of [
      ['two', 2],
      ['one', 1],
    ] as const) {
      await sql.query(`BEGIN; SELECT crossbar.unregister('com.example.exact'), crossbar.unregister('com.example.prefix');
        ${register('com.example.exact', `${next}()`)} ${register('com.example.prefix', `${next}()`, { match: 'prefix' })} COMMIT`);
      const isReplaced = async () => {
        await both();
        return answers.slice(-2).every((answer) => answer === number);
      };
      await waitFor(isReplaced, { what: `${next} to answer` });
    }
    expect(new Set(answers)).to.deep.equal(new Set([1, 2]));
    // The router was told nothing, so that there was no moment without the procedure.
    expect(await registered()).to.deep.equal(before);
  });
});

describe('Two Callees of one realm', () => {
  it('share a registration: the second is refused, and takes over when the first ends', async () => {
    await using stage = await openCalleeStage(`${add2} ${whoAmI} ${register('com.example.who', 'who()')}`);
    const { database, router, sql, caller } = stage;
    await using second = await startCallee(calleeOptions(database, { type: 'memory', router }));
    expect(second.status().registrations).to.deep.equal({ registered: 0, refused: 2, unusable: 0 });
    await waitFor(async () => (await states(sql)).length === 4, { what: 'the states of both' });
    expect(await states(sql)).to.deep.equal([
      ['refused', 'wamp.error.procedure_already_exists'],
      ['refused', 'wamp.error.procedure_already_exists'],
      ['registered', null],
      ['registered', null],
    ]);
    const shown = await sql.query('SELECT DISTINCT state, error FROM crossbar.registrations');
    expect(shown.rows).to.deep.equal([{ state: 'registered', error: null }]);
    await stage.callee.stop();
    await waitFor(() => second.status().registrations.registered === 2, { what: 'the second to take over' });
    expect(await answerTo(caller.call('com.example.add2', [1, 2]))).to.deep.equal([3]);
    await waitFor(async () => JSON.stringify(await states(sql)) === '[["registered",null],["registered",null]]', {
      what: 'the states of the second alone',
    });
  });

  it('do not take a forced registration from each other forever: the later one has it', async () => {
    await using stage = await openCalleeStage(
      `${whoAmI} ${register('com.example.who', 'who()', { force_reregister: true })}`,
    );
    const { database, router, callee: first } = stage;
    await using second = await startCallee(calleeOptions(database, { type: 'memory', router }));
    await waitFor(() => first.status().registrations.refused === 1, { what: 'the first to lose it' });
    expect(second.status().registrations.registered).to.equal(1);
    const stateOfEach = async () => (await states(stage.sql)).map(([state]) => state).join();
    await waitFor(async () => (await stateOfEach()) === 'refused,registered', { what: 'both states' });
    await second.stop();
    await waitFor(() => first.status().registrations.registered === 1, { what: 'the first to have it again' });
  });

  it('share the load with invoke "roundrobin" between two processes, and calls continue when one is killed', async () => {
    await using stage = await openCalleeStage(
      `${whoAmI} ${register('com.example.who', 'who()', { invoke: 'roundrobin' })}`,
    );
    const { url } = await stage.router.listen();
    const options = calleeOptions(stage.database, { type: 'websocket', url });
    await stage.callee.stop();
    await using one = await startCalleeProcess(options);
    await using other = await startCalleeProcess(options);
    await Promise.all([one, other].map((each) => each.waitFor({ state: 'running' })));
    expect(await callMany(stage.caller, 'com.example.who', 200)).to.equal(200);
    one.kill();
    await waitFor(() => stage.router.stats().sessions === 2, { what: 'the router to know' });
    expect(await callMany(stage.caller, 'com.example.who', 50)).to.equal(50);
    other.kill('SIGTERM');
    expect(await other.waitFor({ state: 'stopped' })).to.include({ calls: 150, failed: 0 });
  });
});

/** Calls so many times, 16 at once; returns how many results there were. */
async function callMany(caller: Session, procedure: string, times: number): Promise<number> {
  let results = 0;
  let left = times;
  const worker = async () => {
    while (left > 0) {
      left -= 1;
      await caller.call(procedure);
      results += 1;
    }
  };
  await Promise.all(Array.from({ length: 16 }, worker));
  return results;
}
