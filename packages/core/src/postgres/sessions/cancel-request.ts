import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type pg from 'pg';

/** Milliseconds to wait for the effect of a cancel request: initially, and at most. */
const patience = { first: 10, max: 200 };

/** A running operation that can be canceled. */
export interface Cancellable {
  readonly outcome: Promise<unknown>;
  /** Ends the operation if PostgreSQL is not working on it. */
  interrupt(): void;
}

/**
 * Cancels the current statement of a session repeatedly until it has ended. The first request may arrive before
 * PostgreSQL has started the statement, and functions may catch the cancellation.
 *
 * @param timeout time limit in milliseconds.
 * @throws if PostgreSQL cannot be reached, or the statement does not end in time.
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
 * Sends a cancel request to PostgreSQL. Resolves when PostgreSQL has passed it on to the session. It has no effect if
 * it arrives too early or too late.
 *
 * @param timeout time limit in milliseconds.
 * @throws the error of the operating system if PostgreSQL cannot be reached in time.
 * @see https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-CANCELING-REQUESTS
 */
function requestCancel(client: pg.Client, timeout: number): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const { host, port } = client;
  const socket = connect(host.startsWith('/') ? { path: `${host}/.s.PGSQL.${port}` } : { host, port });
  socket.setTimeout(timeout, () => socket.destroy(new Error(`no answer within ${timeout} ms`)));
  socket.once('error', reject);
  // PostgreSQL closes the connection after it has sent the signal.
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
