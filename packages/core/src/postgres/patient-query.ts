import { connectClient } from './client.ts';
import type { Connection } from './connection.ts';

/** Milliseconds until it is asked for the first time whom a statement waits for, and between two such questions. */
const pauses = { first: 1000, later: 10_000 };

/** Who wants to know of a wait. */
export interface Patience {
  /** Cancels the statement. */
  readonly stop?: AbortSignal | undefined;
  /** Told, now and then, which server processes are waited for, or which prepared transactions. */
  waiting?(blockers: readonly (number | string)[]): void;
}

/**
 * Runs a statement that may wait for other sessions, for as long as it takes: for a lock, or for transactions to end. PostgreSQL is asked
 * by another connection whom it waits for.
 *
 * @throws what the statement throws: SQLSTATE 57014 when it was cancelled by `stop`.
 */
export async function queryPatiently<Row extends object>(
  connection: Connection,
  statement: string,
  parameters: readonly unknown[],
  { stop, waiting }: Patience,
): Promise<Row[]> {
  const { processId } = connection;
  let timer: NodeJS.Timeout | undefined;
  const look = () =>
    ask<{ blockers: number[] }>(connection, 'SELECT pg_catalog.pg_blocking_pids($1) AS blockers', processId).then(
      ([row]) => {
        if (row && row.blockers.length > 0) waiting?.(row.blockers);
        timer?.refresh();
      },
      // PostgreSQL may be out of connections; the statement itself says what is the matter in the end.
      () => timer?.refresh(),
    );
  const cancel = () => {
    ask(connection, 'SELECT pg_catalog.pg_cancel_backend($1)', processId).catch(() => connection.destroy());
  };
  const first = setTimeout(() => {
    timer = setTimeout(look, pauses.later).unref();
    void look();
  }, pauses.first);
  stop?.throwIfAborted();
  stop?.addEventListener('abort', cancel, { once: true });
  try {
    return await connection.query<Row>(statement, parameters, { timeout: Number.POSITIVE_INFINITY });
  } finally {
    clearTimeout(first);
    clearTimeout(timer);
    timer = undefined;
    stop?.removeEventListener('abort', cancel);
  }
}

async function ask<Row extends object>({ configuration }: Connection, question: string, processId: number) {
  const client = await connectClient(configuration, 'pgwamp waits');
  try {
    return (await client.query<Row>(question, [processId])).rows;
  } finally {
    await client.end();
  }
}
