import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type pg from 'pg';

/** Milliseconds to wait for the effect of a cancel: at first, and at most. */
const patience = { first: 10, max: 200 };

/** What can be cancelled. */
export interface Cancellable {
  readonly outcome: Promise<unknown>;
  /** Ends it, if PostgreSQL is not at work on it. */
  interrupt(): void;
}

/**
 * Cancels what a session is running until that has ended: the first request may come before PostgreSQL has begun, and functions
 * may catch it.
 *
 * @param timeout milliseconds that this may take.
 * @throws if PostgreSQL cannot be reached, or what it runs does not end in time.
 */
export async function cancelUntilSettled(client: pg.Client, call: Cancellable, timeout: number): Promise<void> {
  const deadline = performance.now() + timeout;
  let settled = false;
  const settle = () => {
    settled = true;
  };
  const outcome = call.outcome.then(settle, settle);
  for (let wait = patience.first; !settled; wait = Math.min(2 * wait, patience.max)) {
    if (performance.now() > deadline) throw new Error(`it did not end within ${timeout} ms`);
    call.interrupt();
    await requestCancel(client, timeout);
    await Promise.race([outcome, pause(wait, undefined, { ref: false })]);
  }
}

/**
 * Asks PostgreSQL to cancel what a session is running. Returns when PostgreSQL has passed that on; it may come too late, or too
 * early, and then has no effect.
 *
 * @param timeout milliseconds that this may take.
 * @throws what the operating system said, if PostgreSQL cannot be reached in time.
 * @see https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-CANCELING-REQUESTS
 */
function requestCancel(client: pg.Client, timeout: number): Promise<void> {
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
