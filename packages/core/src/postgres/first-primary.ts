import { setTimeout as sleep } from 'node:timers/promises';
import { type DatabaseConfiguration, databaseTarget, hostAndPort } from '@pgwamp/config';
import type { Client } from 'pg';
import { aborted } from '../abort.ts';
import { DatabaseLostError, PgwampError } from '../errors.ts';
import { reason } from './server-error.ts';

/** Milliseconds that a host has before the next one is tried as well. */
const headStart = 1000;

/** Connects to one host, unless the signal aborts first. Throws if the host is not a primary. */
export type ConnectToPrimary = (host: DatabaseConfiguration, stop: AbortSignal) => Promise<Client>;

/**
 * Connects to the first of several hosts that is a primary. A host that does not answer holds up the next one only for
 * a second, since both are then tried at the same time.
 *
 * @throws the error of a host that permanently refuses; `DatabaseLostError` if no host is a primary.
 */
export async function firstPrimary(
  configuration: DatabaseConfiguration,
  hosts: readonly DatabaseConfiguration[],
  connect: ConnectToPrimary,
): Promise<Client> {
  const over = new AbortController();
  const found = Promise.withResolvers<Client>();
  const isOver = aborted(over.signal);
  const attempt = async (host: DatabaseConfiguration): Promise<string> => {
    try {
      const client = await connect(host, over.signal);
      over.abort();
      found.resolve(client);
      return '';
    } catch (error) {
      if (!over.signal.aborted && error instanceof PgwampError && error.permanent) {
        over.abort();
        found.reject(error);
      }
      const target = databaseTarget(host);
      return `${hostAndPort(target.host, target.port)}: ${reason((error as Error).cause ?? error)}`;
    }
  };
  const attempts: Promise<string>[] = [];
  for (const host of hosts) {
    if (over.signal.aborted) break;
    const current = attempt(host);
    attempts.push(current);
    await Promise.race([current, isOver, sleep(headStart, undefined, { ref: false })]);
  }
  const failures = await Promise.all(attempts);
  if (!over.signal.aborted) throw new DatabaseLostError(failures.join('; '), {}, databaseTarget(configuration));
  return found.promise;
}
