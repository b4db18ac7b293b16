import { createRequire } from 'node:module';
import type { DestinationStream, Logger } from 'pino';

export type { Logger } from 'pino';

/** Loads on demand: a component with its own logger needs no pino, and only terminals need readable lines. */
const load = createRequire(import.meta.url);

/** The destination of a log, for example `process.stderr`. */
export interface LogTarget extends DestinationStream {
  readonly isTTY?: boolean | undefined;
}

/**
 * Creates the logger of components that have none. It writes from level `info` on, or from `$PGWAMP_LOG_LEVEL` on:
 * readable lines on a terminal, and one JSON object per line elsewhere.
 *
 * @param target destination of the log. Default: standard error.
 */
export function defaultLogger(target: LogTarget = standardError()): Logger {
  const { pino } = load('pino') as typeof import('pino');
  const options = { name: 'pgwamp', level: process.env.PGWAMP_LOG_LEVEL ?? 'info' };
  return pino(options, target.isTTY ? readable(target) : target);
}

/** Writes are synchronous, so the last lines before the process exits are not lost. */
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
      // Only unexpected errors have a stack trace in the log.
      const stack = (err as { stack?: string } | undefined)?.stack;
      return `${place && `${place}: `}${record[key]}${stack === undefined ? '' : `\n${stack}`}`;
    },
  });
  return { write: (text) => target.write(toLine(JSON.parse(text))) };
}
