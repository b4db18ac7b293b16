/**
 * The delivery switch. The backlog of the former delivery is delivered first. No publication is lost, and the order
 * within each session is kept.
 *
 * A session publishes by the version of the function `crossbar._emit` that its statement was planned with. The
 * installer replaces this function in a transaction that commits at a time T. The order is correct for these reasons:
 *
 * 1. Before T, the new delivery is ready: a slot is created before T, and the outbox needs no preparation. So no
 * publication by the new function is lost.
 * 2. A transaction that begins after T uses the new function, because it reads the invalidations sent at T before it
 * plans. A transaction that began before T may use the former function until its end, in every isolation level: a
 * running statement has its plan, and a session that takes no lock reads no invalidations. So the former delivery is
 * complete only when all transactions running at T, including prepared ones, have ended, even if it looked empty
 * before. Within one transaction, the former function is not used after the new one. The exception is a single
 * statement that publishes both directly and in functions that it calls, because these are planned later.
 * 3. Then the former delivery is read to its end. In the log, a record of our own marks the end: everything committed
 * earlier precedes it, including commits that are not flushed yet.
 * 4. Only then is the delivery in force read. A session that used both used the former one first, so its order is kept.
 * 5. This requires that there is no older backlog. Therefore the former delivery of each realm is recorded at T. The
 * record is deleted when the backlog has been delivered, and the delivery does not change again before. If a Publisher
 * is stopped meanwhile and started with a third delivery, it first delivers the backlog with the delivery in force.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Blocker } from '@pgwamp/core/internal/component';
import type { Source } from '@pgwamp/core/internal/pipeline';
import { type Connection, type Delivery, dropSlot, parseLsn } from '@pgwamp/core/internal/postgres';
import type { Publication } from '@pgwamp/core/internal/sources';
import type { PublisherContext } from './context.ts';
import { openOutboxSource, openWalSource } from './open-source.ts';

/** The delivery in force, after a possible change. */
export interface DeliverySwitch {
  readonly context: PublisherContext;
  readonly slot: string;
  /** The delivery in force. */
  readonly delivery: Delivery;
}

/**
 * Yields the backlogs of the deliveries that are not in force for a realm, as sources that end. Each source is closed
 * before the next one. Finally it drops the slot of a former delivery, which would otherwise retain all WAL.
 *
 * @param stop aborts before anything is dropped, so that the backlog can be read again.
 */
export async function* formerBacklogs(
  { context, slot, delivery }: DeliverySwitch,
  stop: AbortSignal,
): AsyncGenerator<Source<Publication>> {
  const { connection, configuration } = context;
  const { realm } = configuration;
  const before = await readHoldings(connection, realm, slot);
  const ways = (['wal', 'outbox'] as const).filter((way) => way !== delivery);
  if (before.former === null && !ways.some((way) => before[way])) return;
  await context.waits.during(
    'the delivery was changed: waiting for transactions that began before',
    stop,
    ({ waiting }) => transactionsEnded(connection, stop, waiting),
  );
  const held = await readHoldings(connection, realm, slot);
  if (held.former === 'outbox') ways.reverse();
  for (const way of ways) {
    if (stop.aborted) return;
    if (!held[way]) continue;
    await using source = way === 'wal' ? await openWalBacklog(context, slot, stop) : openOutboxBacklog(context);
    yield source;
  }
  if (stop.aborted) return;
  if (delivery !== 'wal') await dropSlot(connection, slot);
  await connection.query('DELETE FROM crossbar._former_delivery WHERE realm = $1', [realm]);
}

/**
 * Whether a realm has a slot and rows in the outbox, and its former delivery until the backlog of that delivery is
 * delivered.
 */
interface Holdings {
  readonly wal: boolean;
  readonly outbox: boolean;
  readonly former: Delivery | null;
}

async function readHoldings(connection: Connection, realm: string, slot: string): Promise<Holdings> {
  const [holdings] = await connection.query<Holdings>(
    `SELECT EXISTS (SELECT FROM pg_replication_slots WHERE slot_name = $1) AS wal,
       EXISTS (SELECT FROM crossbar.outbox WHERE realm = $2) AS outbox,
       (SELECT mode FROM crossbar._former_delivery WHERE realm = $2) AS former`,
    [slot, realm],
  );
  return holdings ?? { wal: false, outbox: false, former: null };
}

async function openWalBacklog(
  context: PublisherContext,
  slot: string,
  stop: AbortSignal,
): Promise<Source<Publication>> {
  // The message is transactional, so that its commit flushes the log. Only flushed WAL is decoded.
  const [record] = await context.connection.query<{ end: string }>(
    `SELECT pg_logical_emit_message(true, 'pgwamp', '')::text AS end`,
  );
  const end = parseLsn(record?.end ?? '0/0');
  const source = await openWalSource(context, slot, stop);
  return {
    read: (halt) => source.readUntil(end, halt),
    [Symbol.asyncDispose]: () => source[Symbol.asyncDispose](),
  };
}

function openOutboxBacklog(context: PublisherContext): Source<Publication> {
  const source = openOutboxSource(context);
  return {
    read: (halt) => source.readAll(halt),
    [Symbol.asyncDispose]: () => source[Symbol.asyncDispose](),
  };
}

interface Transaction {
  readonly id: string;
  readonly blocker: Blocker;
}

/** Waits until every transaction of this database that is running or prepared now has ended. */
async function transactionsEnded(
  connection: Connection,
  stop: AbortSignal,
  waiting: (blockers: readonly Blocker[]) => void,
): Promise<void> {
  // pg_locks shows the virtual transactions of all roles, whereas pg_stat_activity hides those of other roles.
  const running = `SELECT locks.virtualtransaction AS id, pid AS blocker FROM pg_locks AS locks JOIN pg_stat_activity AS activity USING (pid)
     WHERE locktype = 'virtualxid' AND activity.datname = current_database() AND pid <> pg_backend_pid()`;
  // Prepared transactions are queried last, because PREPARE ends a transaction as one of a session.
  const prepared = `SELECT transaction::text AS id, gid AS blocker FROM pg_prepared_xacts WHERE database = current_database()`;
  for (const transactions of [running, prepared]) {
    let left = await connection.query<Transaction>(transactions);
    for (let rounds = 0; left.length > 0 && !stop.aborted; rounds += 1) {
      if (rounds % 200 === 20) waiting(left.map(({ blocker }) => blocker));
      await sleep(50);
      const now = new Set((await connection.query<Transaction>(transactions)).map(({ id }) => id));
      left = left.filter(({ id }) => now.has(id));
    }
  }
}
