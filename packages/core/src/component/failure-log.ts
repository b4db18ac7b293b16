import { PgwampError } from '../errors.ts';
import type { Logger } from './log.ts';

/** Milliseconds after which a failure that goes on is logged again. */
const reminder = 60_000;

/** A failure that goes on. */
interface Failure {
  readonly message: string;
  logged: number;
  repeats: number;
}

/**
 * Logs failures that repeat: once, then again when the message changes or after a minute, with the number of repetitions. Losses
 * that are expected, of connections for example, have no stack trace.
 */
export class FailureLog {
  readonly #log: Logger;
  readonly #failures = new Map<string, Failure>();

  constructor(log: Logger) {
    this.#log = log;
  }

  /** Logs a failure of a part, and what happens next. */
  warn(part: string, error: Error, next: string): void {
    const failure = this.#failures.get(part);
    const now = performance.now();
    if (failure?.message === error.message && now - failure.logged < reminder) {
      failure.repeats += 1;
      return;
    }
    const repeats = failure?.message === error.message ? failure.repeats : 0;
    this.#failures.set(part, { message: error.message, logged: now, repeats });
    const details = { part, ...(repeats > 0 && { repeats }), ...detailsOf(error) };
    this.#log.warn(details, '%s; %s%s', error.message, next, repeats > 0 ? ` (${repeats} more times since)` : '');
  }

  /** Everything works again. */
  forget(): void {
    this.#failures.clear();
  }
}

/** What a log line has of an error: its code where it is one of pgwamp's, and everything else where it is not. */
export function detailsOf(error: Error): object {
  if (error instanceof PgwampError) return { code: error.code };
  const { code } = error as { code?: unknown };
  return typeof code === 'string' ? { code } : { err: error };
}
