import { waitFor } from '@pgwamp/harness';
import { openCalleeStage } from '@pgwamp/harness/fixtures/callee-stage';
import { register } from '@pgwamp/harness/fixtures/register';
import { expect } from 'chai';
import { answerTo } from './support/outcome.ts';

const count = `CREATE FUNCTION count(most bigint) RETURNS SETOF bigint LANGUAGE sql AS 'SELECT * FROM generate_series(1, most)';
  ${register('com.example.count', 'count(bigint)')}`;

describe('A function that returns rows', () => {
  it('gives one array, or one progressive result for each row where the caller wants that', async () => {
    await using stage = await openCalleeStage(count);
    expect(await answerTo(stage.caller.call('com.example.count', [3]))).to.deep.equal([[1, 2, 3]]);
    const rows: unknown[] = [];
    const last = await stage.caller.call('com.example.count', [3], {}, { onProgress: ({ args }) => rows.push(args) });
    expect(rows).to.deep.equal([[1], [2], [3]]);
    expect(last).to.deep.equal({ args: [], kwargs: {} });
  });

  it('ends in PostgreSQL when its caller has had enough', async () => {
    await using stage = await openCalleeStage(count);
    const stop = new AbortController();
    let rows = 0;
    const onProgress = () => {
      rows += 1;
      if (rows === 1000) stop.abort();
    };
    const call = stage.caller.call('com.example.count', [2_000_000], {}, { onProgress, signal: stop.signal });
    expect(await answerTo(call)).to.equal('wamp.error.canceled');
    expect(rows).to.be.below(500_000);
    const running = `SELECT FROM pg_stat_activity WHERE query LIKE '%count(%' AND state <> 'idle' AND pid <> pg_backend_pid()
      AND datname = current_database()`;
    await waitFor(async () => (await stage.sql.query(running)).rowCount === 0, { what: 'the statement to end' });
  });

  it('is rolled back when its caller has had enough', async () => {
    await using stage = await openCalleeStage(`CREATE TABLE made (number integer);
      CREATE FUNCTION make() RETURNS SETOF integer LANGUAGE sql AS 'INSERT INTO public.made SELECT generate_series(1, 100000) RETURNING number';
      ${register('com.example.make', 'make()')} GRANT INSERT, SELECT ON made TO crossbar`);
    const stop = new AbortController();
    const options = { onProgress: () => stop.abort(), signal: stop.signal };
    expect(await answerTo(stage.caller.call('com.example.make', [], {}, options))).to.equal('wamp.error.canceled');
    await waitFor(() => stage.callee.status().pool.busy === 0, { what: 'the connection to be free' });
    expect((await stage.sql.query('SELECT FROM made')).rowCount).to.equal(0);
    const all: unknown[] = [];
    await stage.caller.call('com.example.make', [], {}, { onProgress: ({ args }) => all.push(...args) });
    expect((await stage.sql.query('SELECT FROM made')).rowCount).to.equal(100_000);
    expect(all).to.have.length(100_000);
  });
});
