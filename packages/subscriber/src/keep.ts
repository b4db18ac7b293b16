import { PgwampError } from '@pgwamp/core';
import { backoff, type Logger } from '@pgwamp/core/internal/component';

/** Milliseconds of the pauses between two tries. */
const pauses = { first: 100, most: 10_000 };

/** Who is told of losses. */
interface Witness {
  readonly log: Logger;
  lost(error: Error): void;
}

/**
 * Does `work` until told to stop: it opens something, and uses it until that is lost. Then it is done again, after a pause that grows
 * until it works.
 *
 * @param work is given what to call when it works.
 * @throws an error that trying again cannot mend.
 */
export async function keep(
  work: (works: () => void) => Promise<void>,
  until: AbortSignal,
  { log, lost }: Witness,
): Promise<void> {
  const pause = backoff(pauses);
  while (!until.aborted) {
    try {
      await work(() => pause.reset());
    } catch (error) {
      if (error instanceof PgwampError && error.fatal) throw error;
      if (until.aborted) log.warn({ err: error }, 'lost something while stopping');
      else lost(error as Error);
      await pause.wait(until);
    }
  }
}
