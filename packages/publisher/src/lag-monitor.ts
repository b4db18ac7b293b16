import { DeliveryChangedError } from '@pgwamp/core';
import type { Delivery } from '@pgwamp/core/internal/postgres';
import type { PublisherContext } from './context.ts';
import { forgetAcknowledgements } from './publication-receipts.ts';

/** Milliseconds between two looks. */
const interval = 1000;
/** Looks between two deletions of old acknowledgements, and between two warnings of the same lag. */
const looksOfHousekeeping = 600;
/** Rows of the outbox that are counted; a look must not take longer the more there are. */
const countLimit = 100_000;

/** Looks once a second, until disposed of. */
export interface LagMonitor extends Disposable {
  /** Aborted when there is a reason to begin anew. */
  readonly failed: AbortSignal;
}

/**
 * Looks once a second after what changes without a message: the lag, and the delivery in force. It also flushes WAL that nobody
 * has flushed, so that autonomous publications of a transaction that stays open are decoded soon.
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
  // A transaction that began before the delivery was changed may still have used the old one.
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
