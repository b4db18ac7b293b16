import type { Session } from '@pgwamp/core/internal/wamp';
import { waitFor } from '@pgwamp/harness';
import { calleeOptions, openCalleeStage, startCallee } from '@pgwamp/harness/fixtures/callee-stage';
import { add2 } from '@pgwamp/harness/fixtures/register';
import { expect } from 'chai';
import { functionCalls } from './support/function-calls.ts';

describe('Callee: 1,000 registrations', () => {
  it('registers all, writes their states in bulk, and calls none of its functions more often per call', async function () {
    this.timeout(120_000);
    await using stage = await openCalleeStage(add2);
    const { database, router, sql, caller } = stage;
    const alone = await stepsOf(caller);
    await stage.callee.stop();
    await sql.query(
      `SELECT crossbar.register('com.example.many.' || number, 'add2(integer,integer)', '{"run_as": "crossbar"}')
       FROM generate_series(1, 999) AS number`,
    );
    await using started = await startCallee(calleeOptions(database, { type: 'memory', router }));
    expect(started.status().registrations.registered).to.equal(1000);
    const registered = `SELECT FROM crossbar.registrations WHERE state = 'registered'`;
    await waitFor(async () => (await sql.query(registered)).rowCount === 1000, { what: 'all states' });
    const { rows } = await sql.query('SELECT count(DISTINCT xmin::text)::int AS writes FROM crossbar._endpoint_state');
    expect(rows[0].writes).to.be.at.most(2);
    expect(await stepsOf(caller)).to.be.at.most(alone * 1.05);
  });
});

/** Functions called for 50 calls, at the time of several at which the least else was going on. */
async function stepsOf(caller: Session): Promise<number> {
  const rounds: number[] = [];
  while (rounds.length < 8) {
    rounds.push(
      await functionCalls(async () => {
        for (let calls = 0; calls < 50; calls += 1) await caller.call('com.example.add2', [calls, 1]);
      }),
    );
  }
  return Math.min(...rounds);
}
