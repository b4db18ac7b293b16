import { connectClient } from './client.ts';
import type { Connection } from './connection.ts';

/** Milliseconds until the first query for the blockers of a statement, and between two such queries. */
const pauses = { first: 1000, later: 10_000 };

/** Options for a statement that may wait for other sessions. */
export interface Patience {
  /** Cancels the statement when it aborts. */
  readonly stop?: AbortSignal | undefined;
  /** Called repeatedly with the blockers: process ids of sessions, or names of prepared transactions. */
  waiting?(blockers: readonly (number | string)[]): void;
}

/**
 * Runs a statement that may wait for other sessions without a time limit: for a lock, or for the end of transactions. A
 * second connection queries which sessions it waits for.
 *
 * @throws the error of the statement: SQLSTATE 57014 if `stop` canceled it.
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
      // PostgreSQL may be out of connections. The statement itself reports any problem in the end.
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
