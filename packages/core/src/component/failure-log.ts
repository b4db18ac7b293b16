import { PgwampError } from '../errors.ts';
import { OnceAMinute } from '../once-a-minute.ts';
import type { Logger } from './log.ts';

/**
 * Logs failures that repeat: once, then again when the message changes or after a minute, with the number of repetitions. Losses
 * that are expected, of connections for example, have no stack trace.
 */
export class FailureLog {
  readonly #log: Logger;
  #lines = new OnceAMinute();

  constructor(log: Logger) {
    this.#log = log;
  }

  /** Logs a failure of a part, and what happens next. */
  warn(part: string, error: Error, next: string): void {
    const repeats = this.#lines.pass(`${part} ${error.message}`);
    if (repeats === undefined) return;
    const details = { part, ...(repeats > 0 && { repeats }), ...detailsOf(error) };
    this.#log.warn(details, '%s; %s%s', error.message, next, repeats > 0 ? ` (${repeats} more times since)` : '');
  }

  /** Everything works again: whatever fails next is logged. */
  forget(): void {
    this.#lines = new OnceAMinute();
  }
}

/** What a log line has of an error: its code, or everything if it is none that is expected. */
export function detailsOf(error: Error): object {
  const { code } = error as { code?: unknown };
  return error instanceof PgwampError || typeof code === 'string' ? { code } : { err: error };
}
