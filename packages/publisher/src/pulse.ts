import { DeliveryChangedError } from '@pgwamp/core';
import { DatabaseOutcomes, type Delivery } from '@pgwamp/core/internal/sources';
import type { Serving } from './serve.ts';

/** Milliseconds between two beats. */
const interval = 1000;
/** Beats between two deletions of old acknowledgements, and between two warnings of the same lag. */
const beatsOfHousekeeping = 600;
/** Rows of the outbox that are counted; a beat must not take longer the more there are. */
const mostCounted = 100_000;

/** A beat once a second, until disposed of. */
export interface Pulse extends Disposable {
  /** Aborted when there is a reason to begin anew. */
  readonly failed: AbortSignal;
}

/**
 * Looks once a second after what changes without a message: the lag, and the delivery in force. It also flushes WAL that nobody
 * has flushed, so that autonomous publications of a transaction that stays open are decoded soon.
 */
export function startPulse(serving: Serving, delivery: Delivery): Pulse {
  const failed = new AbortController();
  let beats = 0;
  const beat = async () => {
    await look(serving, delivery, beats);
    beats += 1;
    timer = setTimeout(run, interval);
  };
  const run = () => {
    beat().catch((error: unknown) => failed.abort(error));
  };
  let timer = setTimeout(run, 0);
  return { failed: failed.signal, [Symbol.dispose]: () => clearTimeout(timer) };
}

async function look(
  { connection, configuration, progress, log }: Serving,
  delivery: Delivery,
  beat: number,
): Promise<void> {
  const { realm, extra } = configuration;
  const [now] = await connection.query<{ mode: Delivery; lag: string; retained: string; rows: string }>(
    `SELECT delivery AS mode, coalesce(lag_bytes, 0) AS lag, coalesce(retained_bytes, 0) AS retained,
       (SELECT count(*) FROM (SELECT FROM crossbar.outbox WHERE realm = $1 LIMIT ${mostCounted}) AS counted) AS rows,
       CASE WHEN pg_current_wal_insert_lsn() > pg_current_wal_flush_lsn() THEN pg_current_xact_id() END AS flush
     FROM crossbar.realms WHERE realm = $1`,
    [realm],
  );
  if (now && now.mode !== delivery) throw new DeliveryChangedError(delivery, now.mode);
  // A transaction that began before the delivery was changed may still have used the old one.
  if (delivery !== 'outbox' && Number(now?.rows) > 0) throw new DeliveryChangedError('outbox', delivery);
  progress.lag = { bytes: Number(now?.lag ?? 0), rows: Number(now?.rows ?? 0) };
  if (beat % beatsOfHousekeeping !== 0) return;
  if (Number(now?.retained) > extra.lag_warning) {
    log.warn(
      { retained: now?.retained, lag: now?.lag },
      'PostgreSQL keeps much WAL for the slot: is the router too slow?',
    );
  }
  await new DatabaseOutcomes(connection, realm).forget();
}
