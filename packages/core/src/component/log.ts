import { createRequire } from 'node:module';
import type { DestinationStream, Logger } from 'pino';

export type { Logger } from 'pino';

/** Loads by need: a component that was given a logger uses no other, and readable lines are for terminals alone. */
const load = createRequire(import.meta.url);

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
  const { pino } = load('pino') as typeof import('pino');
  const options = { name: 'pgwamp', level: process.env.PGWAMP_LOG_LEVEL ?? 'info' };
  return pino(options, target.isTTY ? readable(target) : target);
}

/** Each line is written before the next one, so that the last words of a process are not lost. */
function standardError(): LogTarget {
  const { isTTY } = process.stderr;
  const { pino } = load('pino') as typeof import('pino');
  return Object.assign(pino.destination({ fd: 2, sync: true }), { isTTY });
}

type Pretty = typeof import('pino-pretty');

function readable(target: LogTarget): DestinationStream {
  const { prettyFactory } = load('pino-pretty') as Pretty;
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
