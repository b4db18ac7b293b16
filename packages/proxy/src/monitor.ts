import { DatabaseLostError } from '@pgwamp/core';
import type { ProxyContext } from './context.ts';
import type { Cursors } from './cursors/cursors.ts';
import { type Prepared, readsLog } from './prepare-database.ts';

/** Milliseconds between two checks, and checks between two warnings of the same lag. */
const interval = 1000;
const looksBetweenWarnings = 600;

/** Checks once a second, until it is disposed of. */
export interface Monitor extends Disposable {
  /**
   * Aborted when the Proxy has to restart delivery: it was paused, a sink was rewound, publications are in the log from
   * now on, or the database connection was lost.
   */
  readonly anew: AbortSignal;
}

/**
 * Checks once a second for changes without a notification: the lag, and requests of users in SQL. It also stores the
 * cursors, and flushes WAL, so that publications outside of transactions are decoded soon.
 */
export function startMonitor(context: ProxyContext, prepared: Prepared, cursors: Cursors | undefined): Monitor {
  const anew = new AbortController();
  let looks = 0;
  const next = async () => {
    await cursors?.save();
    if (prepared.slot) await lookAtSlot(context, prepared.slot.name, looks);
    else if (await readsLog(context)) anew.abort();
    if (prepared.hasState && (await isAskedFor(context))) anew.abort();
    looks += 1;
    timer = setTimeout(run, interval);
  };
  const run = () => {
    next().catch((error: unknown) => anew.abort(error));
  };
  let timer = setTimeout(run, interval);
  return { anew: anew.signal, [Symbol.dispose]: () => clearTimeout(timer) };
}

/** Whether the Proxy is paused. */
export async function isPaused({ connection, configuration }: ProxyContext): Promise<boolean> {
  const [proxy] = await connection.query<{ paused: boolean }>('SELECT paused FROM crossbar.proxy WHERE name = $1', [
    configuration.extra.name,
  ]);
  return proxy?.paused ?? false;
}

async function isAskedFor({ connection, configuration }: ProxyContext): Promise<boolean> {
  const [proxy] = await connection.query<{ asked: boolean }>(
    `SELECT paused OR EXISTS (SELECT FROM crossbar._proxy_cursor WHERE proxy = name AND rewound) AS asked
     FROM crossbar.proxy WHERE name = $1`,
    [configuration.extra.name],
  );
  return proxy?.asked ?? false;
}

async function lookAtSlot(
  { connection, configuration, state, log }: ProxyContext,
  slot: string,
  looks: number,
): Promise<void> {
  const [now] = await connection.query<{ lag: string; retained: string; status: string | null }>(
    `SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), confirmed_flush_lsn) AS lag,
       pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn) AS retained, wal_status AS status,
       CASE WHEN pg_current_wal_insert_lsn() > pg_current_wal_flush_lsn() THEN pg_current_xact_id() END AS flush
     FROM pg_replication_slots WHERE slot_name = $1`,
    [slot],
  );
  // The next opening of the slot reports the meaning and the remedy.
  if (!now || now.status === 'lost') throw new DatabaseLostError(`replication slot ${slot} was lost`);
  state.lag = { bytes: Number(now.lag), retained: Number(now.retained ?? 0) };
  if (state.lag.retained <= configuration.extra.lag_warning || looks % looksBetweenWarnings !== 0) return;
  const slow = [...state.sinks].flatMap(([name, { downSince }]) => (downSince ? [name] : []));
  const hint = slow.length > 0 ? `sink ${slow.join(', ')} is down` : 'is a broker too slow?';
  log.warn({ slot, ...state.lag }, `replication slot ${slot} retains ${state.lag.retained} bytes of WAL; ${hint}`);
}
