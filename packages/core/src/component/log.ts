import { createRequire } from 'node:module';
import { type DestinationStream, type Logger, pino } from 'pino';

export type { Logger } from 'pino';

/** What a log is written to, for example `process.stderr`. */
export interface LogTarget extends DestinationStream {
  readonly isTTY?: boolean | undefined;
}

/**
 * The logger of components that were given none. It writes from level `info` on, or `$PGWAMP_LOG_LEVEL`: readable lines on a
 * terminal, else a JSON object a line.
 *
 * @param target where it writes; standard error if left out.
 */
export function defaultLogger(target: LogTarget = standardError()): Logger {
  const options = { name: 'pgwamp', level: process.env.PGWAMP_LOG_LEVEL ?? 'info' };
  return pino(options, target.isTTY ? readable(target) : target);
}

/** Each line is written before the next one, so that the last words of a process are not lost. */
function standardError(): LogTarget {
  const { isTTY } = process.stderr;
  return Object.assign(pino.destination({ fd: 2, sync: true }), { isTTY });
}

type Pretty = typeof import('pino-pretty');

/** Loaded by need: it is for terminals alone. */
function readable(target: LogTarget): DestinationStream {
  const { prettyFactory } = createRequire(import.meta.url)('pino-pretty') as Pretty;
  const toLine = prettyFactory({
    translateTime: 'SYS:HH:MM:ss.l',
    ignore: 'pid,hostname,name',
    hideObject: true,
    messageFormat: (record, key) => {
      const { component, realm, err } = record as Record<string, unknown>;
      const place = [component, realm].filter((part) => part !== undefined).join(' ');
      // Only what is not expected has an error with its stack.
      const stack = (err as { stack?: string } | undefined)?.stack;
      return `${place && `${place}: `}${record[key]}${stack === undefined ? '' : `\n${stack}`}`;
    },
  });
  return { write: (text) => target.write(toLine(JSON.parse(text))) };
}
