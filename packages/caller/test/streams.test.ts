import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { InvocationDetails } from '@pgwamp/core/internal/wamp';
import { waitFor } from '@pgwamp/harness';
import { type CallerStage, openCallerStage } from '@pgwamp/harness/fixtures/caller-stage';
import { errorOf } from '@pgwamp/harness/fixtures/sql-error';
import { expect } from 'chai';

/** A procedure that gives the numbers from 1 on, and `'done'` at the end; it tells how far it has come, and whether it was interrupted. */
async function registerCount({ callee }: CallerStage) {
  const state = { given: 0, interrupted: 0, calls: 0 };
  await callee.register('com.example.count', async ([count], _kwargs, { progress, signal }: InvocationDetails) => {
    state.calls += 1;
    signal.addEventListener('abort', () => {
      state.interrupted += 1;
    });
    for (let number = 1; number <= Number(count) && !signal.aborted; number += 1) {
      state.given = number;
      await progress?.([[number]]);
      // It leaves time to the one thread of these tests, and a router that is slower has no long backlog when it ends.
      if (number % 100 === 0) await sleep(5);
    }
    return 'done';
  });
  return state;
}

describe('crossbar.call_stream', () => {
  it('returns each progressive result as a row, and then the final result, if there is one', async () => {
    await using stage = await openCallerStage();
    await registerCount(stage);
    await stage.callee.register('com.example.rows', async (_args, _kwargs, { progress }) => {
      for (const args of [[], [null], [1, 2]]) await progress?.(args);
      await progress?.([], { key: 'word' });
    });
    expect(await stage.column(`SELECT crossbar.call_stream('com.example.count', '[3]')`)).to.deep.equal([
      '[1]',
      '[2]',
      '[3]',
      '"done"',
    ]);
    expect(
      await stage.column(`SELECT * FROM crossbar.call_stream('com.example.count', '[2]') AS row WHERE row <> '[1]'`),
    ).to.deep.equal(['[2]', '"done"']);
    expect(await stage.column(`SELECT crossbar.call_stream('com.example.rows')`)).to.deep.equal([
      null,
      'null',
      '{"args": [1, 2], "kwargs": {}}',
      '{"args": [], "kwargs": {"key": "word"}}',
    ]);
    const sum = `SELECT count(*) FROM crossbar.call_stream('com.example.count', '[5000]')`;
    expect(await stage.one(sum)).to.equal('5001');
    await waitFor(() => stage.router.stats().sessions === 2, { what: 'the sessions of the streams to leave' });
    expect(stage.caller.status()).to.deep.include({ calls: 4, failed: 0, inFlight: 0 });
  });

  it('returns rows as they are produced, and cancels the call when they are no longer read', async () => {
    await using stage = await openCallerStage();
    const state = await registerCount(stage);
    const first = `SELECT crossbar.call_stream('com.example.count', '[1000000000]') LIMIT 3`;
    expect(await stage.column(first)).to.deep.equal(['[1]', '[2]', '[3]']);
    await waitFor(() => state.interrupted === 1, { what: 'the INTERRUPT' });
    expect(state.given).to.be.below(1_000_000);
    await waitFor(() => stage.caller.status().inFlight === 0, { what: 'the call to be over' });
  });

  it('continues with the query, which may make other calls between two rows', async () => {
    await using stage = await openCallerStage();
    await registerCount(stage);
    await stage.callee.register('com.example.add1', ([number]) => (typeof number === 'number' ? number + 1 : number));
    await stage.sql.query(`BEGIN; DECLARE slow CURSOR FOR
      SELECT crossbar.call('com.example.add1', number) FROM (SELECT crossbar.call_stream('com.example.count', '[3000]') AS number) AS stream WHERE jsonb_typeof(number) = 'array'`);
    expect(await stage.column('FETCH 5 FROM slow')).to.deep.equal(['2', '3', '4', '5', '6']);
    // Many more than may wait for the database are on their way.
    await stage.sql.query('SELECT pg_sleep(0.3)');
    expect(await stage.column('FETCH 1 FROM slow')).to.deep.equal(['7']);
    const rest = await stage.sql.query('FETCH ALL FROM slow');
    expect(rest.rowCount).to.equal(3000 - 6);
    await stage.sql.query('COMMIT');
    expect(stage.caller.status()).to.deep.include({ calls: 3001, failed: 0, inFlight: 0 });
  });

  it('restarts the timeout of a call with each row', async () => {
    await using stage = await openCallerStage();
    await stage.callee.register('com.example.slow', async ([pauses], _kwargs, { progress }) => {
      for (const pause of pauses as number[]) {
        await sleep(pause);
        await progress?.([pause]);
      }
    });
    const stream = (pauses: number[]) =>
      stage.column(
        `SELECT crossbar.call_stream('com.example.slow', '[${JSON.stringify(pauses)}]', NULL, '{"timeout": 400}')`,
      );
    expect(await stream([150, 150, 150, 150])).to.have.length(4);
    expect(await errorOf(stream([150, 5000]))).to.include({ code: 'CB003' });
  });

  it('raises the final error after the earlier rows, and discards unread rows', async () => {
    await using stage = await openCallerStage();
    await registerCount(stage);
    let interrupted = false;
    await stage.callee.register(
      'com.example.pause',
      async (_args, _kwargs, { progress, signal }: InvocationDetails) => {
        for (let number = 1; number <= 1000; number += 1) await progress?.([number]);
        if (!signal.aborted) await once(signal, 'abort');
        interrupted = true;
      },
    );
    await stage.callee.register('com.example.break', async (_args, _kwargs, { progress }) => {
      await progress?.([1]);
      throw new Error('broken');
    });
    const broken = await errorOf(stage.sql.query(`SELECT crossbar.call_stream('com.example.break')`));
    expect(broken).to.include({ code: 'CB001', message: 'wamp.error.runtime_error: broken' });
    expect(await errorOf(stage.sql.query(`SELECT crossbar.call_stream('com.example.none')`))).to.include({
      code: 'CB002',
    });
    await stage.sql.query('SET statement_timeout = 200');
    expect(await errorOf(stage.sql.query(`SELECT * FROM crossbar.call_stream('com.example.pause')`))).to.include({
      code: '57014',
    });
    await waitFor(() => interrupted, { what: 'the INTERRUPT' });
    await stage.sql.query('RESET statement_timeout');
    expect(await stage.column(`SELECT crossbar.call_stream('com.example.count', '[1]')`)).to.deep.equal([
      '[1]',
      '"done"',
    ]);
  });
});
