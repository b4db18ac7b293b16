import { PgwampError } from '../errors.ts';
import { OnceAMinute } from '../once-a-minute.ts';
import type { Logger } from './log.ts';

/**
 * Logs repeating failures once, then again when the message changes or after a minute, with the number of repetitions.
 * Expected failures, such as lost connections, are logged without a stack trace.
 */
export class FailureLog {
  readonly #log: Logger;
  #lines = new OnceAMinute();

  constructor(log: Logger) {
    this.#log = log;
  }

  /** Logs a failure of a part and the next step. */
  warn(part: string, error: Error, next: string): void {
    const repeats = this.#lines.pass(`${part} ${error.message}`);
    if (repeats === undefined) return;
    const details = { part, ...(repeats > 0 && { repeats }), ...detailsOf(error) };
    this.#log.warn(details, '%s; %s%s', error.message, next, repeats > 0 ? ` (${repeats} more times since)` : '');
  }

  /** Forgets past failures because everything works again. The next failure is logged. */
  forget(): void {
    this.#lines = new OnceAMinute();
  }
}

/** The fields of a log line for an error: its code, or the whole error if it is unexpected. */
export function detailsOf(error: Error): object {
  const { code } = error as { code?: unknown };
  return error instanceof PgwampError || typeof code === 'string' ? { code } : { err: error };
}
