import { setImmediate } from 'node:timers/promises';
import { withDeadline } from '@pgwamp/harness';
import { rejection } from '@pgwamp/harness/fixtures/rejection';
import { expect } from 'chai';
import { type PooledSession, type Row, StatementError, type Transaction } from '../../src/postgres/index.ts';
import { answer, type SessionStage, sessionStage, transaction } from '../support/session-stage.ts';

/** Rows are written beside, so that it shows whether the transaction was committed. */
async function streamStage(): Promise<SessionStage & { session: PooledSession }> {
  const stage = await sessionStage('CREATE TABLE t (n int); GRANT ALL ON t TO crossbar');
  return { ...stage, session: await stage.open() };
}

function streaming(query: string, rows: (rows: readonly Row[]) => Promise<boolean>): Transaction {
  return { ...transaction('INSERT INTO t VALUES (1)', query), rows };
}

// In the select list, PostgreSQL makes rows as they are asked for.
const endless = 'SELECT generate_series(1, 1000000000)';

describe('PooledSession: streamed rows', () => {
  it('arrive in order and completely, and are committed at the end', async () => {
    await using stage = await streamStage();
    for (const count of [0, 1, 63, 64, 65, 5000]) {
      const found: unknown[] = [];
      const query = `SELECT n, repeat('x', n % 100) FROM generate_series(1, ${count}) n`;
      const results = await stage.session.run(
        streaming(query, async (rows) => found.push(...rows.map(([n]) => n)) > 0),
      );
      expect(found).to.deep.equal(Array.from({ length: count }, (_, index) => String(index + 1)));
      expect(results).to.deep.equal([[], []]);
    }
    expect(await answer(stage.session, 'SELECT count(*) FROM t')).to.equal('6');
  });

  it('wait for a slow consumer, and a million of them need less than 100 MB', async function () {
    this.timeout(30_000);
    await using stage = await streamStage();
    const before = process.memoryUsage().heapUsed;
    let [peak, count, busy] = [0, 0, 0];
    const consume = async (rows: readonly Row[]) => {
      busy += 1;
      expect(busy, 'batches at once').to.equal(1);
      await setImmediate();
      peak = Math.max(peak, process.memoryUsage().heapUsed - before);
      count += rows.length;
      busy -= 1;
      return true;
    };
    await stage.session.run(streaming(`SELECT json_build_object('n', n) FROM generate_series(1, 1000000) n`, consume));
    expect(count).to.equal(1_000_000);
    expect(peak).to.be.below(100e6);
  });

  it('come in small batches when they are large', async () => {
    await using stage = await streamStage();
    const sizes: number[] = [];
    const query = `SELECT repeat('x', 100000) FROM generate_series(1, 200)`;
    await stage.session.run(streaming(query, async (rows) => sizes.push(rows.length) > 0));
    expect(sizes.slice(0, 3)).to.deep.equal([64, 2, 2]);
  });

  it('end when the consumer stops, and the transaction is committed', async () => {
    await using stage = await streamStage();
    let count = 0;
    await stage.session.run(
      streaming(endless, async (rows) => {
        count += rows.length;
        return count < 1000;
      }),
    );
    expect(count).to.be.within(1000, 3000);
    expect(await answer(stage.session, 'SELECT count(*) FROM t')).to.equal('1');
  });

  it('end when the consumer fails, and the transaction is rolled back', async () => {
    await using stage = await streamStage();
    const failure = new Error('enough');
    const run = stage.session.run(streaming(endless, () => Promise.reject(failure)));
    expect(await rejection(run)).to.equal(failure);
    const last = stage.session.run(streaming('SELECT 1', () => Promise.reject(failure)));
    expect(await rejection(last)).to.equal(failure);
    expect(await answer(stage.session, 'SELECT count(*) FROM t')).to.equal('0');
  });

  it('end with an error of PostgreSQL between them', async () => {
    await using stage = await streamStage();
    let count = 0;
    const query = 'SELECT 1 / (2000 - n) FROM generate_series(1, 3000) n';
    const consume = async (rows: readonly Row[]) => {
      count += rows.length;
      return true;
    };
    const failure = await rejection<StatementError>(stage.session.run(streaming(query, consume)));
    expect(failure).to.be.instanceOf(StatementError);
    expect([failure.statement, failure.phase, failure.cause.code]).to.deep.equal([1, 'execute', '22012']);
    expect(count).to.be.within(1000, 1999);
    expect(await answer(stage.session, 'SELECT count(*) FROM t')).to.equal('0');
  });

  it('end when they are canceled, even if the consumer never answers', async () => {
    await using stage = await streamStage();
    const { promise: never } = Promise.withResolvers<boolean>();
    const { promise: waiting, resolve } = Promise.withResolvers<void>();
    const stuck = rejection<StatementError>(
      stage.session.run(
        streaming(endless, () => {
          resolve();
          return never;
        }),
      ),
    );
    await waiting;
    await stage.session.cancel();
    expect((await stuck).cause.code).to.equal('57014');
    const eager = rejection<StatementError>(stage.session.run(streaming(endless, async () => true)));
    await withDeadline(stage.session.cancel(), 3000, 'the cancel');
    expect((await eager).cause.code).to.equal('57014');
    expect(await answer(stage.session, 'SELECT count(*) FROM t')).to.equal('0');
  });
});
