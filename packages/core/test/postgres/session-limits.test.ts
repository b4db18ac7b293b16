import { rejection } from '@pgwamp/harness/fixtures/rejection';
import { expect } from 'chai';
import { type PooledSession, RowTooLongError, type StatementError } from '../../src/postgres/index.ts';
import { answer, type SessionStage, sessionStage, transaction } from '../support/session-stage.ts';

const rowLimit = 100_000;

async function limitedStage(): Promise<SessionStage & { session: PooledSession }> {
  const stage = await sessionStage('CREATE TABLE t (n int); GRANT ALL ON t TO crossbar');
  return { ...stage, session: await stage.open({}, rowLimit) };
}

describe('PooledSession: row beyond the limit', () => {
  it('is not read, fails only its transaction, and reports that it is committed', async () => {
    await using stage = await limitedStage();
    const { session } = stage;
    for (const size of [rowLimit, 3_000_000]) {
      const run = session.run(
        transaction('INSERT INTO t VALUES (1)', `SELECT 'a', repeat('x', ${size}), 'b'`, 'SELECT 2'),
      );
      const failure = await rejection<RowTooLongError>(run);
      expect(failure).to.be.instanceOf(RowTooLongError);
      expect(failure.bytes).to.be.within(size, size + 100);
      expect(failure.committed).to.equal(true);
      expect(await answer(session, 'SELECT pg_backend_pid()')).to.equal(String(session.processId));
    }
    expect(await answer(session, 'SELECT count(*) FROM t')).to.equal('2');
  });

  it('rolls back the transaction if rows are streamed', async () => {
    await using stage = await limitedStage();
    const { session } = stage;
    for (const count of [1, 100, 2000]) {
      const rows = `SELECT repeat('x', CASE WHEN n = ${count} THEN ${rowLimit} ELSE 1 END) FROM generate_series(1, ${count} + 1) n`;
      let found = 0;
      const streamed = transaction('INSERT INTO t VALUES (1)', rows);
      const consume = async (some: readonly unknown[]) => {
        found += some.length;
        return true;
      };
      const run = session.run({ ...streamed, rows: consume });
      expect(await rejection(run)).to.include({ name: 'RowTooLongError', committed: false });
      expect(found).to.be.below(count);
    }
    expect(await answer(session, 'SELECT count(*) FROM t')).to.equal('0');
  });

  it('does not include a row of exactly the limit', async () => {
    await using stage = await limitedStage();
    const text = 'ä'.repeat((rowLimit - 20) / 2);
    expect(await answer(stage.session, 'SELECT $1::text', text)).to.equal(text);
  });

  it('is not kept in memory', async function () {
    this.timeout(120_000);
    await using stage = await limitedStage();
    const before = process.memoryUsage.rss();
    const run = stage.session.run(transaction(`SELECT repeat('x', 400000000)`));
    expect(await rejection(run)).to.be.instanceOf(RowTooLongError);
    // What was read may not be collected yet.
    expect(process.memoryUsage.rss() - before).to.be.below(250e6);
  });
});

describe('PooledSession: error beyond the limit', () => {
  it('is truncated, with a note', async () => {
    await using stage = await limitedStage();
    const raise = `DO $$ BEGIN RAISE '%', repeat('ä', 2000000) USING ERRCODE = 'P0002', HINT = 'hint'; END $$`;
    const failure = await rejection<StatementError>(stage.session.run(transaction(raise)));
    expect(failure.cause.code).to.equal('P0002');
    expect(failure.message).to.match(/^ä{20000,33000} … \(cut: the error has \d+ bytes\)$/);
    const exact = `DO $$ BEGIN RAISE '%', repeat('x', 50000) USING HINT = 'hint'; END $$`;
    expect((await rejection<StatementError>(stage.session.run(transaction(exact)))).cause).to.include({ hint: 'hint' });
    expect(await answer(stage.session, 'SELECT 1')).to.equal('1');
  });

  it('has no effect if it is a notice', async () => {
    await using stage = await limitedStage();
    const notice = `DO $$ BEGIN RAISE NOTICE '%', repeat('x', 2000000); RAISE NOTICE 'short'; END $$`;
    expect(await stage.session.run(transaction(notice, 'SELECT 1'))).to.deep.equal([[], [['1']]]);
  });
});
