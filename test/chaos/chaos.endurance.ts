import { setTimeout as delay } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { type Draw, type TestDatabase, waitFor, withDeadline, withSeed } from '@pgwamp/harness';
import { expect } from 'chai';
import { Arrivals } from './support/arrivals.ts';
import { faults } from './support/faults.ts';
import { GatewayClient } from './support/gateway-client.ts';
import { HostileRole } from './support/hostile-role.ts';
import { Load } from './support/load.ts';
import { reportOf } from './support/report.ts';
import { openStage, type Stage } from './support/stage.ts';
import { Writer } from './support/writer.ts';

/** Seconds of faults; the environment may ask for more, or for less. */
const seconds = Number(process.env.CHAOS_SECONDS ?? 180);
/** State changes that a fault may cost a component: lost and back, twice, since one that has just come back may meet the next fault. */
const changesOfFault = 4;
/** Bytes that the heap may have grown by from the second third to the last one: what the test itself records is a part of it. */
const growth = 32 * 1024 * 1024;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Calls the Callee from a session beside the router, whatever happens to it. */
class WampCaller extends Load {
  readonly counts = { answered: 0, failed: 0, failure: '' };

  constructor({ router }: Stage) {
    super(() => this.#run(router));
  }

  async #run(router: Stage['router']): Promise<void> {
    for (let number = 1; !this.isStopped; number += 1) {
      await delay(10);
      const call = router.session?.call('com.example.add2', [number, 1]);
      if (!call) continue;
      const answer = await withDeadline(
        call.then(
          ({ args }) => args?.[0],
          ({ message }: Error) => {
            this.counts.failure = message;
          },
        ),
        90_000,
        `the answer to call ${number}`,
      );
      if (answer === undefined) this.counts.failed += 1;
      else if (answer === number + 1) this.counts.answered += 1;
      else throw new Error(`${number} + 1 is ${answer}`);
    }
  }
}

/** Notifies numbers that grow, for the gateway, until told to stop. */
async function notify(database: TestDatabase, stop: AbortSignal): Promise<number> {
  let number = 0;
  while (!stop.aborted) {
    try {
      await using sql = await database.connect();
      while (!stop.aborted) {
        number += 1;
        await sql.query(`SELECT pg_notify('numbers', $1)`, [String(number)]);
        await delay(20);
      }
    } catch {
      // PostgreSQL is away.
      await delay(50);
    }
  }
  return number;
}

/** Injects faults for the time that was asked for; returns how many, and what the heap had in each third of that time. */
async function harm(stage: Stage, draw: Draw) {
  const names = Object.keys(faults);
  const begin = performance.now();
  const heap: number[][] = [[], [], []];
  let count = 0;
  for (;;) {
    const passed = (performance.now() - begin) / 1000;
    if (passed > seconds) return { count, heap };
    const name = names[draw(0, names.length - 1)] ?? '';
    if (process.env.TEST_LOG) process.stdout.write(`${passed.toFixed(1)} s: ${name}\n`);
    await faults[name]?.(stage, draw);
    count += 1;
    await delay(draw(200, 3000));
    collectGarbage();
    heap[Math.min(2, Math.floor((passed / seconds) * 3))]?.push(process.memoryUsage().heapUsed);
  }
}

/** Waits until nothing is left of something, for as long as it becomes less: a busy machine has much to catch up with. */
async function settled(what: string, left: () => Promise<number> | number): Promise<void> {
  for (let before = await left(); before > 0; before = await left()) {
    const isLess = async () => (await left()) < before;
    await waitFor(isLess, { what: `${what}: ${before} are left`, deadline: 60_000 });
    await delay(100);
  }
}

/** Waits until everything has arrived that writers are certain of, and looks at its order. */
async function arrived(who: string, arrivals: Arrivals, writers: readonly Writer[]): Promise<void> {
  await settled(who, () => arrivals.missing(writers).length).catch((cause: unknown) => {
    throw new Error(`${who} does not have ${arrivals.missing(writers).slice(0, 20).join(', ')}`, { cause });
  });
  arrivals.expectOrder(who);
}

/** Records what a webhook receives of the writers. */
function record(hook: Stage['hook']): Arrivals {
  const arrivals = new Arrivals();
  hook.answer = ({ body }) => {
    const { args = [] } = JSON.parse(body.toString()) as { readonly args?: readonly number[] };
    arrivals.add(Number(args[0]), Number(args[1]));
    return { status: 204 };
  };
  return arrivals;
}

async function run(database: TestDatabase, statement: string): Promise<void> {
  await using sql = await database.connect();
  await sql.query(statement);
}

function report(figures: Readonly<Record<string, string | number>>): void {
  for (const [name, figure] of Object.entries(figures)) process.stdout.write(`        ${name.padEnd(30)} ${figure}\n`);
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? 0;
}

/** Runs all loads on a stage while it is harmed, and looks at what became of them. */
async function survive(stage: Stage, draw: Draw): Promise<void> {
  const { databases, router } = stage;
  const hooked = record(stage.hook);
  const hostiles = { user: 'hostile', password: 'hostile' };
  await run(databases.wal, `CREATE ROLE hostile LOGIN PASSWORD 'hostile'`);
  await using hostile = new HostileRole(databases.wal, hostiles);
  await using client = new GatewayClient(stage.gateway, 'numbers');
  await using caller = new WampCaller(stage);
  const end = new AbortController();
  const notifying = notify(databases.wal, end.signal);
  await using first = new Writer(1, databases.wal, true);
  await using second = new Writer(2, databases.wal, false);
  await using third = new Writer(3, databases.outbox, false);
  const writers = [first, second, third];

  const parties = [caller, ...writers].map(({ running }) => running);
  const [{ count, heap }] = await Promise.race([
    Promise.all([harm(stage, draw)]),
    // Ends with the first thing that goes wrong: nobody stops before.
    Promise.all(parties).then(() => Promise.reject(new Error('nobody is at work any more'))),
  ]);
  await stage.running();
  for (const [way, counts] of Object.entries({ WAMP: caller.counts, SQL: first.calls })) {
    const before = counts.answered;
    // The error of a fault that is over would lead astray, where the call that follows has no answer.
    counts.failure = 'none since the last fault';
    const isAnswered = waitFor(() => counts.answered > before, {
      what: `calls by ${way} to be answered again`,
      deadline: 60_000,
    });
    await Promise.race([isAnswered, ...parties]).catch((cause: unknown) => {
      throw new Error(`calls by ${way}: the last error was ${counts.failure}`, { cause });
    });
  }

  for (const writer of writers) await writer.stop();
  await caller.stop();
  end.abort();
  const notified = await notifying;
  await using sql = await databases.wal.connect();

  // Nothing is lost, and the order of each writer is kept.
  const { realm1, realm2 } = router.arrivals;
  await arrived('the subscriber of realm1', realm1, [first, second]);
  await arrived('the subscriber of realm2', realm2, [third]);
  await arrived('the webhook of the Proxy', hooked, [first, second]);

  // Every publication is handled once at most; those that come now are handled.
  const twice = 'SELECT publication FROM heard GROUP BY publication HAVING count(*) > 1';
  expect((await sql.query(twice)).rows, 'events that were handled twice').to.deep.equal([]);
  await sql.query(
    `SELECT crossbar.publish('com.example.load', jsonb_build_array(0, n)) FROM generate_series(1, 96) AS n`,
  );
  const isLastHeard = `SELECT FROM heard WHERE writer = 0 AND number = 96`;
  await settled('events that the Subscriber handles', async () => {
    return (await sql.query(isLastHeard)).rows.length > 0 ? 0 : stage.subscriber.status().waiting + 1;
  });
  expect((await sql.query('SELECT FROM heard WHERE writer = 0')).rows, 'the last events').to.have.length(96);
  const failed = `SELECT count(*)::int AS count FROM crossbar.failed_event WHERE (args->>1)::int % 97 <> 0`;
  expect((await sql.query(failed)).rows[0].count, 'events that failed though they are right').to.equal(0);

  // Poison is kept, and holds nothing up. Who has no right could not take one.
  const refused = `SELECT count(*)::int AS count FROM crossbar.refused_publication WHERE topic = 'com.example.poison'`;
  expect((await sql.query(refused)).rows[0].count, 'poison that is kept').to.be.at.least(first.poison + second.poison);
  expect(hostile.breaches).to.deep.equal([]);

  // Clients of the gateway come again, and get what is notified then.
  let next = notified;
  await waitFor(
    async () => {
      next += 1;
      await sql.query(`SELECT pg_notify('numbers', $1)`, [String(next)]);
      return client.last > notified;
    },
    { what: 'a notification by the gateway', deadline: 60_000 },
  );
  expect(client.disorder, 'notifications out of order').to.deep.equal([]);
  expect(client.lost, 'notifications that are lost without a gap').to.deep.equal([]);

  const changes = stage.stateChanges.entries().toArray();
  const [early = 0, late = 0] = [median(heap[1] ?? []), median(heap[2] ?? [])];
  report({
    ...{ seconds, faults: count, routers: router.count },
    publications: writers.reduce((sum, { committed }) => sum + committed.length, 0),
    repeats: realm1.repeats + realm2.repeats,
    'calls by WAMP': `${caller.counts.answered} answered, ${caller.counts.failed} failed`,
    'calls by SQL': `${first.calls.answered} answered, ${first.calls.failed} failed`,
    notifications: `${client.received} received, ${client.gaps} gaps told`,
    'state changes': Math.max(...changes.map(([, number]) => number)),
    'heap in the second third, MB': (early / 1e6).toFixed(1),
    'heap in the last third, MB': (late / 1e6).toFixed(1),
  });
  for (const [name, number] of changes) {
    expect(number, `state changes of ${name} at ${count} faults`).to.be.at.most(changesOfFault * count + 10);
  }
  expect(late - early, 'growth of the heap').to.be.below(growth);
}

describe('All components, with random faults of PostgreSQL and router', function () {
  this.timeout(seconds * 1000 + 300_000);

  it('lose nothing, keep the order, answer every call, and settle again', () =>
    withSeed(async (draw) => {
      await using stage = await openStage();
      await survive(stage, draw).catch(async (cause: Error) => {
        throw new Error(`${cause.message}\n${await reportOf(stage)}`, { cause });
      });
    }));
});
