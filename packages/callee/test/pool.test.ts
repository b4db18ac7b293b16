import { type Connection, waitFor, withDeadline } from '@pgwamp/harness';
import { type CalleeStage, openCalleeStage } from '@pgwamp/harness/fixtures/callee-stage';
import { add2, register } from '@pgwamp/harness/fixtures/register';
import { expect } from 'chai';
import { answerTo, errorOf } from './support/outcome.ts';

const nap = `CREATE FUNCTION nap(seconds float8) RETURNS void LANGUAGE sql AS 'SELECT pg_sleep(seconds)';
  ${register('com.example.nap', 'nap(float8)')}`;

/** The number of naps that PostgreSQL is running. */
async function napping(sql: Connection): Promise<number> {
  const statement = `SELECT FROM pg_stat_activity WHERE query LIKE '%nap%' AND state = 'active' AND pid <> pg_backend_pid()
    AND datname = current_database()`;
  return (await sql.query(statement)).rowCount ?? 0;
}

function nappingIs({ sql }: CalleeStage, count: number): Promise<unknown> {
  return waitFor(async () => (await napping(sql)) === count, { what: `${count} naps to run` });
}

describe('The pool of a Callee', () => {
  it('lets fast calls pass slow ones while a connection is free', async () => {
    await using stage = await openCalleeStage(`${add2} ${nap}`, { extra: { pool: { size: 2 } } });
    const { caller, callee } = stage;
    const slow = answerTo(caller.call('com.example.nap', [60], {}, { timeout: 20_000 }));
    await nappingIs(stage, 1);
    for (let calls = 0; calls < 100; calls += 1) {
      expect(await answerTo(caller.call('com.example.add2', [calls, 1]))).to.deep.equal([calls + 1]);
    }
    await waitFor(() => callee.status().pool.busy === 1, { what: 'the clean-up behind the last call' });
    expect(callee.status()).to.deep.include({ inFlight: 1, pool: { size: 2, busy: 1, waiting: 0 } });
    await stage.sql.query(`SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE query LIKE '%nap%' AND state = 'active'
      AND pid <> pg_backend_pid() AND datname = current_database()`);
    expect(await slow).to.equal('wamp.error.canceled');
  });

  it('lets calls wait up to the limit of the queue, and refuses the next one immediately', async () => {
    await using stage = await openCalleeStage(`${add2} ${nap}`, { extra: { pool: { size: 1, queue: 2 } } });
    const { caller, callee } = stage;
    await answerTo(caller.call('com.example.add2', [1, 1]));
    const stop = new AbortController();
    const slow = answerTo(caller.call('com.example.nap', [60], {}, { signal: stop.signal }));
    await nappingIs(stage, 1);
    const waiting = [1, 2].map((number) => answerTo(caller.call('com.example.add2', [number, 1])));
    await waitFor(() => callee.status().pool.waiting === 2, { what: 'two calls to wait' });
    const refused = await withDeadline(errorOf(caller.call('com.example.add2', [3, 1])), 2000, 'the refusal');
    expect(refused.error).to.equal('wamp.error.unavailable');
    stop.abort();
    expect(await slow).to.equal('wamp.error.canceled');
    expect(await Promise.all(waiting)).to.deep.equal([[2], [3]]);
    expect(callee.status()).to.deep.include({ calls: 5, failed: 2, inFlight: 0 });
  });
});

describe('A call that takes too long', () => {
  it('ends in PostgreSQL by its own timeout, by the one of the component, and when it is cancelled', async () => {
    await using stage = await openCalleeStage(nap, { extra: { statement_timeout: 700 } });
    const { caller } = stage;
    const began = performance.now();
    expect(await answerTo(caller.call('com.example.nap', [60], {}, { timeout: 100 }))).to.equal('wamp.error.timeout');
    await nappingIs(stage, 0);
    expect(await answerTo(caller.call('com.example.nap', [60]))).to.equal('wamp.error.timeout');
    expect(performance.now() - began).to.be.at.least(700);
    const stop = new AbortController();
    const cancelled = answerTo(caller.call('com.example.nap', [60], {}, { signal: stop.signal }));
    await nappingIs(stage, 1);
    stop.abort();
    expect(await withDeadline(cancelled, 2000, 'the answer')).to.equal('wamp.error.canceled');
    await nappingIs(stage, 0);
    expect(await answerTo(caller.call('com.example.nap', [0]))).to.deep.equal([]);
  });
});
