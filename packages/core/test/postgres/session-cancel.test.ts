import { getEventListeners } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import { DatabaseLostError } from '@pgwamp/core';
import { sharedPostgres, startTcpProxy, waitFor } from '@pgwamp/harness';
import { rejection } from '@pgwamp/harness/fixtures/rejection';
import { expect } from 'chai';
import { type PooledSession, type Results, StatementError } from '../../src/postgres/index.ts';
import { impatient } from '../support/database.ts';
import { answer, committedFirst, type SessionStage, sessionStage, transaction } from '../support/session-stage.ts';

const asleep = transaction('SELECT pg_sleep(60)');

/** Returns when the session's statement is being run. */
async function atWork(stage: SessionStage, session: PooledSession, text: string): Promise<void> {
  const active = async () => {
    const { rows } = await stage.sql.query(
      `SELECT FROM pg_stat_activity WHERE pid = $1 AND state = 'active' AND query LIKE '%' || $2 || '%'`,
      [session.processId, text],
    );
    return rows.length > 0;
  };
  await waitFor(active, { what: `${text} to run` });
}

async function codeOf(run: Promise<unknown>): Promise<string | undefined> {
  return (await rejection<StatementError>(run)).cause.code;
}

describe('PooledSession: cancel', () => {
  it('ends the running statement, and the session stays usable', async () => {
    await using stage = await sessionStage();
    const session = await stage.open();
    const run = codeOf(session.run(asleep));
    await atWork(stage, session, 'pg_sleep');
    await session.cancel();
    expect(await run).to.equal('57014');
    expect(await answer(session, 'SELECT pg_backend_pid()')).to.equal(String(session.processId));
  });

  it('waits until the statement has arrived and the session is ready for it', async () => {
    await using stage = await sessionStage();
    const session = await stage.open();
    for (let round = 0; round < 10; round += 1) {
      await answer(session, 'SELECT 1');
      const run = codeOf(session.run(asleep));
      await session.cancel();
      expect(await run).to.equal('57014');
    }
    const call = codeOf(session.run(committedFirst('SELECT 1', 'SELECT pg_sleep(60)')));
    await session.cancel();
    expect(await call).to.equal('57014');
  });

  it('is repeated if a function catches it', async () => {
    await using stage = await sessionStage(
      `CREATE FUNCTION stubborn() RETURNS void LANGUAGE plpgsql AS $$ BEGIN
         PERFORM pg_sleep(60); EXCEPTION WHEN query_canceled THEN PERFORM pg_sleep(60); END $$`,
    );
    const session = await stage.open();
    const run = codeOf(session.run(transaction('SELECT stubborn()')));
    await atWork(stage, session, 'stubborn');
    await session.cancel();
    expect(await run).to.equal('57014');
  });

  it('ends the session if the statement does not end in time, or the cancel cannot be sent', async () => {
    await using stage = await sessionStage(
      `CREATE FUNCTION deaf() RETURNS void LANGUAGE plpgsql AS $$ BEGIN
         FOR n IN 1 .. 30 LOOP BEGIN PERFORM pg_sleep(60); EXCEPTION WHEN query_canceled THEN END; END LOOP; END $$`,
    );
    const session = await stage.open({ heartbeat: impatient });
    const run = rejection(session.run(transaction('SELECT deaf()')));
    await session.cancel();
    expect(await run).to.equal(session.lost.reason);
    expect(session.lost.reason.message).to.include('it cannot be cancelled: it did not end within 300 ms');
    await using proxy = await startTcpProxy(await sharedPostgres());
    const cutOff = await stage.open({ host: proxy.host, port: proxy.port, heartbeat: impatient });
    const other = rejection(cutOff.run(asleep));
    proxy.refuse();
    await cutOff.cancel();
    expect(await other).to.be.instanceOf(DatabaseLostError);
  });

  it('has no effect if no statement is running', async () => {
    await using stage = await sessionStage();
    const session = await stage.open();
    await session.cancel();
    const done = session.run(transaction('SELECT 1'));
    await Promise.all([done.then(() => session.cancel()), done.then(() => session.cancel())]);
    await session.ready();
    expect(await answer(session, 'SELECT 2')).to.equal('2');
    expect(getEventListeners(session.lost, 'abort')).to.have.length(0);
  });

  it('can be requested more than once', async () => {
    await using stage = await sessionStage();
    const session = await stage.open();
    const run = codeOf(session.run(asleep));
    const next = session.run(transaction('SELECT 1'));
    await Promise.all([session.cancel(), session.cancel(), session.cancel()]);
    expect(await run).to.equal('57014');
    expect(await next).to.deep.equal([[['1']]]);
  });
});

describe('PooledSession: 10,000 short statements with random cancels', () => {
  /** Runs its share, one after the other, without waiting for the cancels; returns how many were hit. */
  async function race(session: PooledSession, count: number): Promise<number> {
    let hits = 0;
    const cancels: Promise<void>[] = [];
    for (let n = 0; n < count; n += 1) {
      // Some would never end by themselves.
      const endless = n % 250 === 50;
      const meant = endless || Math.random() < 0.03;
      const running = new AbortController();
      const run = session.run(transaction(['SELECT $1::int', String(n)], endless ? 'SELECT pg_sleep(60)' : 'SELECT 1'));
      if (meant) cancels.push(cancelSoon(session, running.signal));
      const result = await outcomeOf(run);
      running.abort();
      if (meant && result === '57014') hits += 1;
      else expect(result, `statement ${n} of ${session.processId}`).to.equal(endless ? '57014' : String(n));
    }
    await Promise.all(cancels);
    return hits;
  }

  /** By then the statement may be on its way, or being run, or over. */
  async function cancelSoon(session: PooledSession, over: AbortSignal): Promise<void> {
    for (let turns = Math.random() * 20; turns > 0; turns -= 1) await setImmediate();
    if (!over.aborted) await session.cancel();
  }

  async function outcomeOf(run: Promise<Results>): Promise<string | null | undefined> {
    try {
      const [rows] = await run;
      return rows?.[0]?.[0];
    } catch (error) {
      if (!(error instanceof StatementError)) throw error;
      return error.cause.code;
    }
  }

  it('cancels only the right statements, and all of them', async function () {
    this.timeout(30_000);
    await using stage = await sessionStage();
    const sessions = await Promise.all(
      Array.from({ length: 4 }, () => stage.open({ heartbeat: { interval: 5000, timeout: 5000 } })),
    );
    const hits = await Promise.all(sessions.map((session) => race(session, 2500)));
    expect(Math.min(...hits)).to.be.at.least(10);
    expect(sessions.some(({ lost }) => lost.aborted)).to.equal(false);
  });
});
