import { setTimeout as sleep } from 'node:timers/promises';
import type { DatabaseConfiguration } from '@pgwamp/config';
import type { Source } from '../pipeline/index.ts';
import type { Connection } from '../postgres/index.ts';
import { dropSlot, parseLsn, whenFree } from '../postgres/index.ts';
import type { Delivery } from './delivery.ts';
import { OutboxSource } from './outbox.ts';
import { WalSource } from './wal-messages.ts';

/** Where a change of delivery happens. */
export interface Changeover {
  readonly connection: Connection;
  readonly configuration: DatabaseConfiguration;
  readonly applicationName: string;
  readonly realm: string;
  readonly slot: string;
  /** The delivery in force now. */
  readonly delivery: Delivery;
}

/**
 * What the deliveries that are not in force still hold for a realm: a source that ends. It waits for the transactions that began before, since they
 * may still publish by the old way.
 *
 * @param waiting is told, now and then, which server processes are waited for.
 */
export async function remainderOf(
  changeover: Changeover,
  stop: AbortSignal,
  waiting: (processIds: readonly number[]) => void,
): Promise<Source | undefined> {
  const { connection, realm, slot, delivery } = changeover;
  const [found] = await connection.query<{ slot: boolean; outbox: boolean }>(
    `SELECT EXISTS (SELECT FROM pg_replication_slots WHERE slot_name = $1) AS slot,
       EXISTS (SELECT FROM crossbar.outbox WHERE realm = $2) AS outbox`,
    [slot, realm],
  );
  const held = { wal: delivery !== 'wal' && found?.slot, outbox: delivery !== 'outbox' && found?.outbox };
  if (!held.wal && !held.outbox) return undefined;
  await othersEnded(connection, stop, waiting);
  return held.wal ? walRemainder(changeover, stop) : outboxRemainder(changeover);
}

async function walRemainder(changeover: Changeover, stop: AbortSignal): Promise<Source> {
  const { connection, configuration, applicationName, slot } = changeover;
  const [wal] = await connection.query<{ end: string }>('SELECT pg_current_wal_flush_lsn()::text AS end');
  const end = parseLsn(wal?.end ?? '0/0');
  const source = await whenFree(connection, slot, stop, () => WalSource.open(configuration, applicationName, slot));
  return {
    read: (halt) => source.readUntil(end, halt),
    [Symbol.asyncDispose]: () => source[Symbol.asyncDispose](),
  };
}

function outboxRemainder({ connection, configuration, applicationName, realm }: Changeover): Source {
  const source = new OutboxSource(connection, configuration, applicationName, realm);
  return {
    read: (halt) => source.readAll(halt),
    [Symbol.asyncDispose]: () => source[Symbol.asyncDispose](),
  };
}

/** A slot of a delivery that is not in force would keep all WAL for ever. */
export async function dropIdleSlot({ connection, slot, delivery }: Changeover): Promise<void> {
  if (delivery !== 'wal') await dropSlot(connection, slot);
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
