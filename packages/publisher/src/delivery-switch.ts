import { setTimeout as sleep } from 'node:timers/promises';
import type { Source } from '@pgwamp/core/internal/pipeline';
import { type Connection, type Delivery, dropSlot, parseLsn } from '@pgwamp/core/internal/postgres';
import type { Publication } from '@pgwamp/core/internal/sources';
import type { PublisherContext } from './context.ts';
import { openOutboxSource, openWalSource } from './open-source.ts';

/** A delivery that is put in force, where another one may have been before. */
export interface DeliverySwitch {
  readonly context: PublisherContext;
  readonly slot: string;
  /** The delivery in force now. */
  readonly delivery: Delivery;
}

/**
 * What the deliveries that are not in force still hold for a realm: a source that ends. It waits for the transactions that began before, since they
 * may still publish by the former delivery.
 *
 * @param waiting is told, now and then, which server processes are waited for.
 */
export async function openFormerBacklog(
  { context, slot, delivery }: DeliverySwitch,
  stop: AbortSignal,
  waiting: (processIds: readonly number[]) => void,
): Promise<Source<Publication> | undefined> {
  const { connection, configuration } = context;
  const [found] = await connection.query<{ slot: boolean; outbox: boolean }>(
    `SELECT EXISTS (SELECT FROM pg_replication_slots WHERE slot_name = $1) AS slot,
       EXISTS (SELECT FROM crossbar.outbox WHERE realm = $2) AS outbox`,
    [slot, configuration.realm],
  );
  const held = { wal: delivery !== 'wal' && found?.slot, outbox: delivery !== 'outbox' && found?.outbox };
  if (!held.wal && !held.outbox) return undefined;
  await othersEnded(connection, stop, waiting);
  return held.wal ? openWalBacklog(context, slot, stop) : openOutboxBacklog(context);
}

async function openWalBacklog(
  context: PublisherContext,
  slot: string,
  stop: AbortSignal,
): Promise<Source<Publication>> {
  const [wal] = await context.connection.query<{ end: string }>('SELECT pg_current_wal_flush_lsn()::text AS end');
  const end = parseLsn(wal?.end ?? '0/0');
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

/** A slot of a delivery that is not in force would keep all WAL for ever. */
export async function dropIdleSlot({ context, slot, delivery }: DeliverySwitch): Promise<void> {
  if (delivery !== 'wal') await dropSlot(context.connection, slot);
}

/** Waits until every transaction of this database that runs now has ended. */
async function othersEnded(
  connection: Connection,
  stop: AbortSignal,
  waiting: (processIds: readonly number[]) => void,
): Promise<void> {
  let running = await runningTransactions(connection);
  for (let rounds = 0; running.length > 0 && !stop.aborted; rounds += 1) {
    if (rounds % 200 === 20) waiting(running.map(({ pid }) => pid));
    await sleep(50);
    const now = new Set((await runningTransactions(connection)).map(({ transaction }) => transaction));
    running = running.filter(({ transaction }) => now.has(transaction));
  }
}

function runningTransactions(connection: Connection): Promise<{ pid: number; transaction: string }[]> {
  // pg_locks shows the virtual transactions of all, whereas pg_stat_activity hides those of other roles.
  return connection.query(
    `SELECT pid, locks.virtualtransaction AS transaction FROM pg_locks AS locks JOIN pg_stat_activity AS activity USING (pid)
     WHERE locktype = 'virtualxid' AND activity.datname = current_database() AND pid <> pg_backend_pid()`,
  );
}
