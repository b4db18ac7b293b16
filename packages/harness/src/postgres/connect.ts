import pg from 'pg';

/** A node-postgres client that `await using` ends. */
export type Connection = pg.Client & AsyncDisposable;

/**
 * Opens a connection with node-postgres.
 *
 * @param config - whatever `new pg.Client()` takes
 */
export async function connect(config: pg.ClientConfig): Promise<Connection> {
  const client = new pg.Client({ connectionTimeoutMillis: 10_000, ...config });
  // A server that is stopped under a client must not end the test process; the next query reports it.
  client.on('error', () => undefined);
  await client.connect();
  return Object.assign(client, { [Symbol.asyncDispose]: () => client.end() });
}
