import pg from 'pg';

/** A node-postgres client that `await using` ends. */
export type Connection = pg.Client & AsyncDisposable;

/**
 * Opens a connection with node-postgres.
 *
 * @param config - the options of `new pg.Client()`
 */
export async function connect(config: pg.ClientConfig): Promise<Connection> {
  const client = new pg.Client({ connectionTimeoutMillis: 10_000, ...config });
  // A server that is stopped while a client is connected must not end the test process; the next query reports the
  // error.
  client.on('error', () => undefined);
  await client.connect();
  return Object.assign(client, { [Symbol.asyncDispose]: () => client.end() });
}
