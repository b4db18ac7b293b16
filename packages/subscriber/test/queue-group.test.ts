import { type Connection, type RunningProcess, waitFor } from '@pgwamp/harness';
import { join } from '@pgwamp/harness/fixtures/join';
import { createSetUpDatabase } from '@pgwamp/harness/fixtures/sql-database';
import { createTestRouter } from '@pgwamp/harness/fixtures/test-router';
import { expect } from 'chai';
import { hear, heard, heardAll, range, subscribe } from './support/handlers.ts';
import { startSubscriberProcess } from './support/subscriber-process.ts';
import {
  type Extra,
  openSubscriberStage,
  type SubscriberStage,
  startSubscriber,
  subscriberOptions,
} from './support/subscriber-stage.ts';

/** A database with one handler, a router that listens, two Subscriber processes, and a publisher. */
async function openGroup(prepare: string) {
  await using stack = new AsyncDisposableStack();
  const database = stack.use(await createSetUpDatabase());
  const sql = stack.use(await database.connect());
  await sql.query(prepare);
  const router = stack.use(createTestRouter());
  const { url } = await router.listen();
  const options = subscriberOptions(database, { type: 'websocket', url });
  const processes = await Promise.all([startSubscriberProcess(options), startSubscriberProcess(options)]);
  for (const process of processes) stack.use(process);
  const publisher = stack.use(await join(router));
  const kept = stack.move();
  return {
    sql,
    publisher,
    processes: processes as [RunningProcess, RunningProcess],
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

/** Process ids of server processes that wait for a lock of a kind; undefined if there are none. */
async function sessionsWaitingFor(sql: Connection, lock: string): Promise<number[] | undefined> {
  const { rows } = await sql.query<{ pid: number }>(
    `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND wait_event = $1`,
    [lock],
  );
  return rows.length > 0 ? rows.map(({ pid }) => pid) : undefined;
}

/** Ends a process in good order; returns how many events it has handled. */
async function eventsOf(process: RunningProcess): Promise<number> {
  process.kill('SIGTERM');
  const told = await process.waitFor({ state: 'stopped' });
  expect(told).to.include({ failed: 0, dropped: 0 });
  return told.events as number;
}

describe('A queue group of two Subscriber processes', function () {
  this.timeout(60_000);

  it('handles every event once, in either process', async () => {
    await using group = await openGroup(`
      ${hear} ${subscribe('com.example.topic', 'hear(integer)', { queue_group: 'hearers' })}`);
    const { sql, publisher, processes } = group;
    await Promise.all(range(1, 2000).map((number) => publisher.publish('com.example.topic', [number])));
    const numbers = await heardAll(sql, 2000, 30_000);
    const counts = await Promise.all(processes.map(eventsOf));
    expect(counts.reduce((sum, count) => sum + count)).to.equal(2000);
    expect(numbers).to.have.length(2000);
    expect(numbers.toSorted((a, b) => a - b)).to.deep.equal(range(1, 2000));
  });

  it('handles an event in the other process when one is killed in the middle of it', async () => {
    await using group = await openGroup(`
      ${hear}
      CREATE FUNCTION hear_when_free(number integer) RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $$
        BEGIN
          PERFORM public.hear(number);
          PERFORM pg_advisory_xact_lock_shared(7, number);
        END
      $$;
      ${subscribe('com.example.topic', 'hear_when_free(integer)', { queue_group: 'hearers' })}`);
    const { sql, publisher, processes } = group;
    const [first, second] = processes;
    await sql.query('SELECT pg_advisory_lock(7, 1)');
    second.kill('SIGSTOP');
    await publisher.publish('com.example.topic', [1]);
    await publisher.publish('com.example.topic', [2]);
    const inHandler = () => sessionsWaitingFor(sql, 'advisory');
    const [former] = await waitFor(inHandler, { what: 'the first process to be in its handler' });
    second.kill('SIGCONT');
    await waitFor(() => sessionsWaitingFor(sql, 'transactionid'), { what: 'the second one to wait for the claim' });
    first.kill('SIGKILL');
    await first.exited;
    // A statement notices only at its end that nobody waits for it any more.
    await sql.query('SELECT pg_terminate_backend($1)', [former]);
    const next = async () => (await inHandler())?.find((pid) => pid !== former);
    await waitFor(next, { what: 'the second one to be in its handler' });
    await sql.query('SELECT pg_advisory_unlock(7, 1)');
    expect(await heardAll(sql, 2)).to.deep.equal([1, 2]);
    expect(await eventsOf(second)).to.equal(2);
  });
});

/** Starts another Subscriber of the same group. */
function startAnother({ database, router }: SubscriberStage, extra?: Extra) {
  return startSubscriber(subscriberOptions(database, { type: 'memory', router }, extra));
}

/** The numbers of the events that were kept as failed. */
async function failedOnes(sql: Connection): Promise<number[]> {
  const { rows } = await sql.query<{ number: number }>(
    'SELECT (args->>0)::integer AS number FROM crossbar.failed_event',
  );
  return rows.map(({ number }) => number);
}

describe('An event of a queue group whose handler fails', () => {
  it('is stored once, by one of the Subscribers', async () => {
    await using stage = await openSubscriberStage(`
      CREATE FUNCTION fail(number integer) RETURNS void LANGUAGE plpgsql AS $$ BEGIN RAISE 'no'; END $$;
      ${subscribe('com.example.topic', 'fail(integer)', { queue_group: 'failures' })}`);
    const { publisher, sql, subscriber } = stage;
    await using other = await startAnother(stage);
    await Promise.all(range(1, 50).map((number) => publisher.publish('com.example.topic', [number])));
    const failed = () => subscriber.status().failed + other.status().failed;
    await waitFor(() => failed() >= 50, { what: 'all events to be kept' });
    await Promise.all([subscriber.stop(), other.stop()]);
    expect(failed()).to.equal(50);
    expect((await failedOnes(sql)).toSorted((a, b) => a - b)).to.deep.equal(range(1, 50));
  });

  it('is either handled or stored, when it fails in one process only', async () => {
    await using stage = await openSubscriberStage(
      `${hear}
      CREATE FUNCTION hear_or_fail(number integer) RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $$
        BEGIN
          IF current_setting('statement_timeout') = '12345ms' THEN RAISE 'no'; END IF;
          PERFORM public.hear(number);
        END
      $$;
      ${subscribe('com.example.topic', 'hear_or_fail(integer)', { queue_group: 'failures' })}`,
      { extra: { statement_timeout: 12_345 } },
    );
    const { publisher, sql, subscriber } = stage;
    await using other = await startAnother(stage);
    await Promise.all(range(1, 200).map((number) => publisher.publish('com.example.topic', [number])));
    const settled = () => subscriber.status().failed + other.status().events;
    await waitFor(() => settled() >= 200, { what: 'all events to be handled or kept' });
    await Promise.all([subscriber.stop(), other.stop()]);
    const both = [...(await heard(sql)), ...(await failedOnes(sql))];
    expect(both.toSorted((a, b) => a - b)).to.deep.equal(range(1, 200));
  });

  it('is not stored before the process that has claimed it has finished, and only if it failed there too', async () => {
    await using stage = await openSubscriberStage(`
      CREATE FUNCTION fail_when_free(number integer) RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $$
        BEGIN
          PERFORM pg_advisory_xact_lock_shared(7, number);
          RAISE 'no';
        END
      $$;
      ${subscribe('com.example.topic', 'fail_when_free(integer)', { queue_group: 'failures' })}`);
    const { database, publisher, sql, subscriber } = stage;
    await using rival = await database.connect();
    for (const [number, end] of [[1, 'COMMIT'] as const, [2, 'ROLLBACK'] as const]) {
      await sql.query('SELECT pg_advisory_lock(7, $1)', [number]);
      const publication = await publisher.publish('com.example.topic', [number], {}, { acknowledge: true });
      await waitFor(() => sessionsWaitingFor(sql, 'advisory'), { what: 'the handler to run' });
      await rival.query('BEGIN');
      const claim = rival.query(`SELECT crossbar._claim_event('failures', $1) AS claimed`, [publication]);
      await waitFor(() => sessionsWaitingFor(sql, 'transactionid'), { what: 'the rival to wait for the claim' });
      // The Subscriber cannot be faster than the rival while it cannot keep anything.
      await sql.query('BEGIN; LOCK TABLE crossbar.failed_event IN EXCLUSIVE MODE');
      await sql.query('SELECT pg_advisory_unlock(7, $1)', [number]);
      expect((await claim).rows).to.deep.equal([{ claimed: true }]);
      await sql.query('COMMIT');
      await waitFor(() => sessionsWaitingFor(sql, 'transactionid'), { what: 'the Subscriber to want it' });
      expect(await failedOnes(sql)).to.deep.equal([]);
      await rival.query(end);
    }
    await waitFor(() => subscriber.status().failed === 1, { what: 'the event that the rival did not handle' });
    expect(await failedOnes(sql)).to.deep.equal([2]);
    const error = `SELECT last_error FROM crossbar.subscriptions`;
    await waitFor(async () => (await sql.query(error)).rows[0].last_error !== null, { what: 'the last error' });
  });
});

describe('The claims of events', () => {
  it('are deleted when they are old, and batches without a group leave at most one for each connection', async () => {
    await using stage = await openSubscriberStage(`
      ${hear}
      INSERT INTO crossbar._claimed_event VALUES ('old', 1, now() - interval '61 minutes'), ('new', 1, now());
      ${subscribe('com.example.topic', 'hear(integer)')}`);
    const { publisher, sql } = stage;
    for (const number of range(1, 50)) {
      await publisher.publish('com.example.topic', [number]);
      await heardAll(sql, number);
    }
    const groups = async () => (await sql.query('SELECT queue_group FROM crossbar._claimed_event')).rows;
    const isGone = async () => (await groups()).every(({ queue_group }) => queue_group !== 'old');
    await waitFor(isGone, { what: 'the old claim to be removed' });
    expect(await groups()).to.deep.include({ queue_group: 'new' });
    expect(await groups()).to.have.length.within(2, 9);
  });
});
