import { DeliveryChangedError } from '@pgwamp/core';
import type { Delivery } from '@pgwamp/core/internal/postgres';
import type { PublisherContext } from './context.ts';
import { forgetAcknowledgements } from './publication-receipts.ts';

/** Milliseconds between two checks. */
const interval = 1000;
/** Number of checks between two deletions of old acknowledgements, and between two warnings of the same lag. */
const looksOfHousekeeping = 600;
/** Limit on the counted rows of the outbox, so that a check never takes long. */
const countLimit = 100_000;

/** A check once a second. Disposing ends it. */
export interface LagMonitor extends Disposable {
  /** Aborts when the Publisher has to start again. */
  readonly failed: AbortSignal;
}

/**
 * Checks once a second the values that change without a notification: the lag, and the delivery in force. It also
 * flushes WAL that nobody has flushed, so that autonomous publications of a long transaction are decoded soon.
 */
export function startLagMonitor(context: PublisherContext, delivery: Delivery): LagMonitor {
  const failed = new AbortController();
  let looks = 0;
  const next = async () => {
    await look(context, delivery, looks);
    looks += 1;
    timer = setTimeout(run, interval);
  };
  const run = () => {
    next().catch((error: unknown) => failed.abort(error));
  };
  let timer = setTimeout(run, 0);
  return { failed: failed.signal, [Symbol.dispose]: () => clearTimeout(timer) };
}

async function look(
  { connection, configuration, state, log }: PublisherContext,
  delivery: Delivery,
  count: number,
): Promise<void> {
  const { realm, extra } = configuration;
  const [now] = await connection.query<{ mode: Delivery; lag: string; retained: string; rows: string }>(
    `SELECT delivery AS mode, coalesce(lag_bytes, 0) AS lag, coalesce(retained_bytes, 0) AS retained,
       (SELECT count(*) FROM (SELECT FROM crossbar.outbox WHERE realm = $1 LIMIT ${countLimit}) AS counted) AS rows,
       CASE WHEN pg_current_wal_insert_lsn() > pg_current_wal_flush_lsn() THEN pg_current_xact_id() END AS flush
     FROM crossbar.realms WHERE realm = $1`,
    [realm],
  );
  if (now && now.mode !== delivery) throw new DeliveryChangedError(delivery, now.mode);
  // A transaction that began before the change of the delivery may have used the former one.
  if (delivery !== 'outbox' && Number(now?.rows) > 0) throw new DeliveryChangedError('outbox', delivery);
  state.lag = { bytes: Number(now?.lag ?? 0), retained: Number(now?.retained ?? 0), rows: Number(now?.rows ?? 0) };
  if (count % looksOfHousekeeping !== 0) return;
  if (Number(now?.retained) > extra.lag_warning) {
    log.warn(
      { retained: now?.retained, lag: now?.lag },
      'the replication slot retains %d bytes of WAL; is the router too slow?',
      Number(now?.retained),
    );
  }
  await forgetAcknowledgements(connection);
}
