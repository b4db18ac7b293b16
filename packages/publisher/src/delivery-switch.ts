/**
 * The delivery switch: what the former delivery holds comes first, and nothing is lost or reordered within a session.
 *
 * A session publishes by the function `crossbar._emit` that its statement was planned with. The installer replaces that function in a
 * transaction, which commits at a moment T. Why the order holds:
 *
 * 1. Before T the way of the new delivery is ready: a slot is created before, and a row of the outbox needs nothing. So whatever is published by it is kept.
 * 2. A transaction that begins after T sees the new function, for it reads the invalidations that T sent before it plans. One that began before T
 *    may go on with the former one until its end, in every isolation level: a running statement has its plan, and a session that takes no lock
 *    reads no invalidation. So the former way has everything when all transactions that run after T have ended, prepared ones included, however
 *    empty it looked before. Within one transaction the former function does not follow the new one, except within one statement that publishes
 *    by itself and by functions that it calls, which are planned later.
 * 3. Then the former way is read to its end. In the log that is a record of our own: whatever was committed before stands before it, also
 *    commits that are not flushed yet.
 * 4. Only then the way of the delivery in force is read. A session that used both used the former one first: so its order holds.
 * 5. The argument needs that nothing older is left. So T writes down of each realm which delivery it had before; the row goes when the backlog is
 *    delivered, and there is no other T before that. A Publisher that is stopped meanwhile and started again with yet another delivery first
 *    delivers the backlog with the delivery in force.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Blocker } from '@pgwamp/core/internal/component';
import type { Source } from '@pgwamp/core/internal/pipeline';
import { type Connection, type Delivery, dropSlot, parseLsn } from '@pgwamp/core/internal/postgres';
import type { Publication } from '@pgwamp/core/internal/sources';
import type { PublisherContext } from './context.ts';
import { openOutboxSource, openWalSource } from './open-source.ts';

/** A delivery that is in force, where another one may have been before. */
export interface DeliverySwitch {
  readonly context: PublisherContext;
  readonly slot: string;
  /** The delivery in force now. */
  readonly delivery: Delivery;
}

/**
 * Yields what the deliveries that are not in force still hold for a realm, as sources that end; each is closed before the next one. At
 * the end it drops the slot of a former delivery, which would keep all WAL.
 *
 * @param stop nothing is dropped if it aborts: then it may be read again.
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

/** Whether a realm has a slot, and rows in the outbox; and the delivery before the one in force, until its backlog is delivered. */
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
  // Transactional, so that its commit flushes the log up to it: only what is flushed is decoded.
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

/** Waits until every transaction of this database that runs now, or is prepared, has ended. */
async function transactionsEnded(
  connection: Connection,
  stop: AbortSignal,
  waiting: (blockers: readonly Blocker[]) => void,
): Promise<void> {
  // pg_locks shows the virtual transactions of all, whereas pg_stat_activity hides those of other roles.
  const running = `SELECT locks.virtualtransaction AS id, pid AS blocker FROM pg_locks AS locks JOIN pg_stat_activity AS activity USING (pid)
     WHERE locktype = 'virtualxid' AND activity.datname = current_database() AND pid <> pg_backend_pid()`;
  // Afterwards, since a transaction that is prepared has ended as one of a session.
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
