import { waitFor } from '@pgwamp/harness';
import { openCalleeStage } from '@pgwamp/harness/fixtures/callee-stage';
import { register } from '@pgwamp/harness/fixtures/register';
import { expect } from 'chai';
import { answerTo } from './support/outcome.ts';

/** Rows so wide that few of them are on their way, for which a router may be slow, when the caller has had enough. */
const wide = `CREATE FUNCTION wide(count integer) RETURNS SETOF text LANGUAGE sql AS
    $$ SELECT repeat('x', 4000) FROM generate_series(1, count) $$;
  ${register('com.example.wide', 'wide(integer)')}`;
const count = `CREATE FUNCTION count(rows bigint) RETURNS SETOF bigint LANGUAGE sql AS 'SELECT * FROM generate_series(1, rows)';
  ${register('com.example.count', 'count(bigint)')}`;

describe('A function that returns rows', () => {
  it('returns one array, or one progressive result for each row if the caller requests progress', async () => {
    await using stage = await openCalleeStage(count);
    expect(await answerTo(stage.caller.call('com.example.count', [3]))).to.deep.equal([[1, 2, 3]]);
    const rows: unknown[] = [];
    const last = await stage.caller.call('com.example.count', [3], {}, { onProgress: ({ args }) => rows.push(args) });
    expect(rows).to.deep.equal([[1], [2], [3]]);
    expect(last).to.deep.equal({ args: [], kwargs: {} });
  });

  it('ends in PostgreSQL when its caller cancels', async () => {
    await using stage = await openCalleeStage(wide);
    const stop = new AbortController();
    let rows = 0;
    const onProgress = () => {
      rows += 1;
      if (rows === 100) stop.abort();
    };
    const call = stage.caller.call('com.example.wide', [200_000], {}, { onProgress, signal: stop.signal });
    expect(await answerTo(call)).to.equal('wamp.error.canceled');
    expect(rows).to.be.below(50_000);
    const running = `SELECT FROM pg_stat_activity WHERE query LIKE '%wide(%' AND state <> 'idle' AND pid <> pg_backend_pid()
      AND datname = current_database()`;
    await waitFor(async () => (await stage.sql.query(running)).rowCount === 0, { what: 'the statement to end' });
  });

  it('is rolled back when its caller cancels', async () => {
    await using stage = await openCalleeStage(`CREATE TABLE made (number integer);
      CREATE FUNCTION make() RETURNS SETOF text LANGUAGE sql AS
        $$ INSERT INTO public.made SELECT generate_series(1, 5000) RETURNING lpad(number::text, 4000) $$;
      ${register('com.example.make', 'make()')} GRANT INSERT, SELECT ON made TO crossbar`);
    const stop = new AbortController();
    const options = { onProgress: () => stop.abort(), signal: stop.signal };
    expect(await answerTo(stage.caller.call('com.example.make', [], {}, options))).to.equal('wamp.error.canceled');
    await waitFor(() => stage.callee.status().pool.busy === 0, { what: 'the connection to be free' });
    expect((await stage.sql.query('SELECT FROM made')).rowCount).to.equal(0);
    const all: unknown[] = [];
    await stage.caller.call('com.example.make', [], {}, { onProgress: ({ args }) => all.push(...args) });
    expect((await stage.sql.query('SELECT FROM made')).rowCount).to.equal(5000);
    expect(all).to.have.length(5000);
  });
});
