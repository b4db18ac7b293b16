import { connect } from 'node:net';
import type pg from 'pg';

/**
 * Asks PostgreSQL to cancel what a session is running. Returns when PostgreSQL has passed that on; it may come too late, or too
 * early, and then has no effect.
 *
 * @param timeout milliseconds that this may take.
 * @throws what the operating system said, if PostgreSQL cannot be reached in time.
 * @see https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-CANCELING-REQUESTS
 */
export function requestCancel(client: pg.Client, timeout: number): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const { host, port } = client;
  const socket = connect(host.startsWith('/') ? { path: `${host}/.s.PGSQL.${port}` } : { host, port });
  socket.setTimeout(timeout, () => socket.destroy(new Error(`no answer within ${timeout} ms`)));
  socket.once('error', reject);
  // PostgreSQL closes the connection once it has sent the signal.
  socket.once('close', () => resolve());
  socket.resume();
  socket.end(cancelRequest(client.processID ?? 0, client.secretKey ?? 0));
  return promise;
}

function cancelRequest(processId: number, secretKey: number): Buffer {
  const message = Buffer.alloc(16);
  message.writeInt32BE(16, 0);
  message.writeInt32BE((1234 << 16) | 5678, 4);
  message.writeInt32BE(processId, 8);
  message.writeInt32BE(secretKey, 12);
  return message;
}
