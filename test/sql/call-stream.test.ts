import type { AsyncCall } from '@pgwamp/caller/internal';
import { fails, openCallStage, openLink, returns } from '@pgwamp/harness/fixtures/sql-caller';
import { rows, value } from '@pgwamp/harness/fixtures/sql-database';
import { errorOf } from '@pgwamp/harness/fixtures/sql-error';
import { expect } from 'chai';

/** Answers with the numbers from 1 to the first argument, each when the one before it has been asked for, and then with a result. */
function counts(result: string | null = null): AsyncCall & { produced: number } {
  const call: AsyncCall = async ({ args, options }, { onProgress, signal }) => {
    const [last = 0] = JSON.parse(args) as number[];
    if (options.receive_progress !== true) return { kind: 'result', payload: '"no stream"', args: null, kwargs: null };
    for (let number = 1; number <= last && !signal.aborted; number += 1) {
      count.produced = number;
      await onProgress(String(number));
    }
    return { kind: 'result', payload: result, args: null, kwargs: null };
  };
  const count = Object.assign(call, { produced: 0 });
  return count;
}

describe('crossbar.call_stream', () => {
  it('returns every progressive result, and then the final result if there is one', async () => {
    for (const [result, last] of [
      [null, []],
      ['"end"', ['end']],
      ['null', [null]],
    ] as const) {
      await using stage = await openCallStage(counts(result));
      const numbers = await rows<{ n: unknown }>(stage.sql, `SELECT crossbar.call_stream('com.count', '[3]') AS n`);
      expect(numbers.map(({ n }) => n)).to.deep.equal([1, 2, 3, ...last]);
      expect(stage.requests[0]?.options).to.deep.equal({ timeout: 30_000, receive_progress: true });
    }
  });

  it('returns the single result of a procedure without progressive results, or nothing', async () => {
    await using stage = await openCallStage(async ({ procedure }) => {
      return { kind: 'result', payload: procedure === 'com.none' ? null : '[1, 2]', args: null, kwargs: null };
    });
    expect(await rows(stage.sql, `SELECT crossbar.call_stream('com.one') AS n`)).to.deep.equal([{ n: [1, 2] }]);
    expect(await rows(stage.sql, `SELECT crossbar.call_stream('com.none') AS n`)).to.deep.equal([]);
  });

  it('returns thousands of rows in order, also in FROM', async () => {
    await using stage = await openCallStage(counts());
    const { sql } = stage;
    const all = `SELECT array_agg(n) = (SELECT array_agg(to_jsonb(i)) FROM generate_series(1, 5000) AS i) FROM`;
    expect(await value(sql, `${all} crossbar.call_stream('com.count', '[5000]') AS n`)).to.equal(true);
    expect(await value(sql, `${all} (SELECT crossbar.call_stream('com.count', '[5000]') AS n) AS s`)).to.equal(true);
  });

  it('returns rows as they arrive, and requests only rows that are read', async () => {
    const callee = counts();
    await using stage = await openCallStage(callee);
    const { sql } = stage;
    const first = `SELECT crossbar.call_stream('com.count', '[1000000]') AS n LIMIT 3`;
    expect(await rows(sql, first)).to.deep.equal([{ n: 1 }, { n: 2 }, { n: 3 }]);
    expect(callee.produced).to.be.within(3, 2000);
    await sql.query(`BEGIN; DECLARE numbers CURSOR FOR SELECT crossbar.call_stream('com.count', '[1000000]') AS n`);
    expect(await rows(sql, 'FETCH 2 FROM numbers')).to.deep.equal([{ n: 1 }, { n: 2 }]);
    expect(await rows(sql, 'FETCH 1 FROM numbers')).to.deep.equal([{ n: 3 }]);
    expect(callee.produced).to.be.below(2000);
    const transaction = stage.requests[1]?.identity.transaction;
    const known = 'SELECT count(*)::integer FROM pg_locks WHERE virtualtransaction = $1';
    expect(await value(sql, known, [String(transaction)])).to.be.above(0);
    await sql.query('COMMIT');
    expect(await value(sql, known, [String(transaction)])).to.equal(0);
  });

  it('continues while the session makes other calls and reads other streams', async () => {
    await using stage = await openCallStage(counts());
    const pairs = await rows(
      stage.sql,
      `SELECT crossbar.call_stream('com.count', '[3]') AS a, crossbar.call_stream('com.count', '[3]') AS b, crossbar.call('com.other', '[]') AS c`,
    );
    expect(pairs).to.deep.equal([1, 2, 3].map((n) => ({ a: n, b: n, c: 'no stream' })));
    expect(stage.link.connections).to.equal(1);
  });

  it('raises the errors of crossbar.call, also after some rows', async () => {
    await using stage = await openCallStage(async ({ procedure }, controls) => {
      if (procedure === 'com.rows') await controls.onProgress('1');
      return fails('wamp.error.no_such_procedure', '["no"]')({} as never, controls);
    });
    for (const procedure of ['com.none', 'com.rows']) {
      const error = await errorOf(stage.sql.query(`SELECT crossbar.call_stream($1)`, [procedure]));
      expect(error).to.include({ code: 'CB002', message: 'wamp.error.no_such_procedure: no' });
    }
    expect(stage.requests).to.have.length(2);
  });

  it('raises CB006 if the Caller is lost between two rows, even if another one runs', async () => {
    await using stage = await openCallStage(counts());
    const { sql, link, control, database } = stage;
    await sql.query(`BEGIN; DECLARE numbers CURSOR FOR SELECT crossbar.call_stream('com.count', '[1000000]') AS n`);
    await sql.query('FETCH 2 FROM numbers; SAVEPOINT before');
    await using other = await openLink(database, returns('"other"'));
    await link.close();
    await control.end();
    const lost = async () => expect((await errorOf(sql.query('FETCH 1 FROM numbers'))).code).to.equal('CB006');
    await lost();
    await sql.query('ROLLBACK');
    expect(other.requests).to.have.length(0);
    await sql.query(`BEGIN; DECLARE numbers CURSOR FOR SELECT crossbar.call_stream('com.count') AS n`);
    expect(await rows(sql, 'FETCH 1 FROM numbers')).to.deep.equal([{ n: 'other' }]);
    await sql.query('COMMIT');
  });
});
