import { Writable } from 'node:stream';
import { type Logger, pino } from 'pino';

/** A log that keeps all that is said. */
export function keptLog(): { readonly lines: readonly string[]; readonly log: Logger } {
  const lines: string[] = [];
  const stream = new Writable({ write: (chunk, _, done) => done(void lines.push(String(chunk))) });
  return { lines, log: pino({ level: 'trace' }, stream) };
}
