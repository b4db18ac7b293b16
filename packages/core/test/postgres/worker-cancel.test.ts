import { getEventListeners } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { DatabaseLostError } from '@pgwamp/core';
import { sharedPostgres, startTcpProxy, waitFor } from '@pgwamp/harness';
import { expect } from 'chai';
import { type Results, StatementError, type Worker } from '../../src/postgres/index.ts';
import { impatient } from '../support/database.ts';
import { rejection } from '../support/rejection.ts';
import { answer, session, transaction, type WorkerStage, workerStage } from '../support/worker-stage.ts';

const asleep = transaction('SELECT pg_sleep(60)');

/** Returns when the worker's statement is being run. */
async function atWork(stage: WorkerStage, worker: Worker, text: string): Promise<void> {
  const active = async () => {
    const { rows } = await stage.sql.query(
      `SELECT FROM pg_stat_activity WHERE pid = $1 AND state = 'active' AND query LIKE '%' || $2 || '%'`,
      [worker.processId, text],
    );
    return rows.length > 0;
  };
  await waitFor(active, { what: `${text} to run` });
}

async function codeOf(run: Promise<unknown>): Promise<string | undefined> {
  return (await rejection<StatementError>(run)).cause.code;
}

describe('a cancel', () => {
  it('ends the statement that is being run, and the worker goes on', async () => {
    await using stage = await workerStage();
    const worker = await stage.open();
    const run = codeOf(worker.run(asleep));
    await atWork(stage, worker, 'pg_sleep');
    await worker.cancel();
    expect(await run).to.equal('57014');
    expect(await answer(worker, 'SELECT pg_backend_pid()')).to.equal(String(worker.processId));
  });

  it('does not come too early: not before the statement has arrived, nor while the worker is not ready for it', async () => {
    await using stage = await workerStage();
    const worker = await stage.open();
    for (let round = 0; round < 10; round += 1) {
      await answer(worker, 'SELECT 1');
      const run = codeOf(worker.run(asleep));
      await worker.cancel();
      expect(await run).to.equal('57014');
    }
    const call = codeOf(worker.run(session('SELECT 1', 'SELECT pg_sleep(60)')));
    await worker.cancel();
    expect(await call).to.equal('57014');
  });

  it('is repeated when a function catches it', async () => {
    await using stage = await workerStage(
      `CREATE FUNCTION stubborn() RETURNS void LANGUAGE plpgsql AS $$ BEGIN
         PERFORM pg_sleep(60); EXCEPTION WHEN query_canceled THEN PERFORM pg_sleep(60); END $$`,
    );
    const worker = await stage.open();
    const run = codeOf(worker.run(transaction('SELECT stubborn()')));
    await atWork(stage, worker, 'stubborn');
    await worker.cancel();
    expect(await run).to.equal('57014');
  });

  it('ends the worker when it is not heeded in time, or cannot be sent', async () => {
    await using stage = await workerStage(
      `CREATE FUNCTION deaf() RETURNS void LANGUAGE plpgsql AS $$ BEGIN
         FOR n IN 1 .. 30 LOOP BEGIN PERFORM pg_sleep(60); EXCEPTION WHEN query_canceled THEN END; END LOOP; END $$`,
    );
    const worker = await stage.open({ heartbeat: impatient });
    const run = rejection(worker.run(transaction('SELECT deaf()')));
    await worker.cancel();
    expect(await run).to.equal(worker.lost.reason);
    expect(worker.lost.reason.message).to.include('it cannot be cancelled: it did not end within 300 ms');
    await using proxy = await startTcpProxy(await sharedPostgres());
    const cutOff = await stage.open({ host: proxy.host, port: proxy.port, heartbeat: impatient });
    const other = rejection(cutOff.run(asleep));
    proxy.refuse();
    await cutOff.cancel();
    expect(await other).to.be.instanceOf(DatabaseLostError);
  });

  it('of a worker that runs nothing has no effect', async () => {
    await using stage = await workerStage();
    const worker = await stage.open();
    await worker.cancel();
    const done = worker.run(transaction('SELECT 1'));
    await Promise.all([done.then(() => worker.cancel()), done.then(() => worker.cancel())]);
    await worker.ready();
    expect(await answer(worker, 'SELECT 2')).to.equal('2');
    expect(getEventListeners(worker.lost, 'abort')).to.have.length(0);
  });

  it('can be asked for more than once', async () => {
    await using stage = await workerStage();
    const worker = await stage.open();
    const run = codeOf(worker.run(asleep));
    const next = worker.run(transaction('SELECT 1'));
    await Promise.all([worker.cancel(), worker.cancel(), worker.cancel()]);
    expect(await run).to.equal('57014');
    expect(await next).to.deep.equal([[['1']]]);
  });
});

describe('a race of 10,000 short statements with random cancels', () => {
  /** Runs its share, one after the other, without waiting for the cancels; returns how many were hit. */
  async function race(worker: Worker, count: number): Promise<number> {
    let hits = 0;
    const cancels: Promise<void>[] = [];
    for (let n = 0; n < count; n += 1) {
      // Some would never end by themselves.
      const endless = n % 250 === 50;
      const meant = endless || Math.random() < 0.03;
      const running = new AbortController();
      const run = worker.run(transaction(['SELECT $1::int', String(n)], endless ? 'SELECT pg_sleep(60)' : 'SELECT 1'));
      if (meant) cancels.push(cancelSoon(worker, running.signal));
      const result = await outcomeOf(run);
      running.abort();
      if (meant && result === '57014') hits += 1;
      else expect(result, `statement ${n} of ${worker.processId}`).to.equal(endless ? '57014' : String(n));
    }
    await Promise.all(cancels);
    return hits;
  }

  /** By then the statement may be on its way, or being run, or over. */
  async function cancelSoon(worker: Worker, over: AbortSignal): Promise<void> {
    await setTimeout(Math.random() * 2);
    if (!over.aborted) await worker.cancel();
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

  it('hits none that was not cancelled, and loses no cancel', async function () {
    this.timeout(30_000);
    await using stage = await workerStage();
    const workers = await Promise.all(
      Array.from({ length: 4 }, () => stage.open({ heartbeat: { interval: 5000, timeout: 5000 } })),
    );
    const hits = await Promise.all(workers.map((worker) => race(worker, 2500)));
    expect(Math.min(...hits)).to.be.at.least(10);
    expect(workers.some(({ lost }) => lost.aborted)).to.equal(false);
  });
});
