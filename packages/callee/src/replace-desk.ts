import { setTimeout as sleep } from 'node:timers/promises';
import { DatabaseLostError, PgwampError } from '@pgwamp/core';
import { FunctionHost, type FunctionHostOptions } from '@pgwamp/core/internal/functions';

/** Milliseconds between two tries. */
const pause = 100;

/**
 * Opens a host in the place of one that was lost, again and again.
 *
 * @param grace milliseconds after which it gives up.
 * @param ended aborted when the host is wanted no more; then undefined is returned.
 * @throws why the last try has failed; an error that trying again cannot mend at once.
 */
export async function replaceHost(
  options: FunctionHostOptions,
  grace: number,
  ended: AbortSignal,
): Promise<FunctionHost | undefined> {
  const given = AbortSignal.any([ended, AbortSignal.timeout(grace)]);
  let failure: Error = new DatabaseLostError(`it was not back within ${grace} ms`);
  while (!given.aborted) {
    try {
      return await unless(given, FunctionHost.open(options));
    } catch (error) {
      if (error instanceof PgwampError && error.fatal) throw error;
      if (!given.aborted) failure = error as Error;
      await sleep(pause, undefined, { signal: given }).catch(() => undefined);
    }
  }
  if (!ended.aborted) throw failure;
  return undefined;
}

/** The host, unless the signal aborts first; a host that comes too late is closed. */
async function unless(given: AbortSignal, opening: Promise<FunctionHost>): Promise<FunctionHost> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = () => reject(given.reason);
  if (given.aborted) abort();
  given.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([opening, aborted]);
  } catch (error) {
    opening.then(
      (late) => late[Symbol.asyncDispose](),
      () => undefined,
    );
    throw error;
  } finally {
    given.removeEventListener('abort', abort);
  }
}
