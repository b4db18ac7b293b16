import type { Readable } from 'node:stream';
import { type Logger, levels, pino } from 'pino';

/** The format of log records: for people, or one JSON object per line. */
export type LogFormat = 'pretty' | 'json';

/** The log of a node: its own records, and the output of its workers, labeled with the worker. */
export interface Log {
  readonly logger: Logger;
  /** Logs every line of a worker's output until its end. */
  collect(worker: string, stream: 'stdout' | 'stderr', output: Readable | null): void;
}

/** A destination, such as `process.stderr`. */
export interface LogTarget {
  write(text: string): unknown;
}

/** A log record of a worker of pgwamp, as written by pino. */
type LogRecord = Readonly<Record<string, unknown>>;

/** Limit on the characters of a line, since a program may write without ever ending one. */
const longestLine = 65_536;

/**
 * Opens the log of a node.
 *
 * @param level the lowest level to log, such as `info`.
 */
export async function openLog(format: LogFormat, level: string, target: LogTarget = process.stderr): Promise<Log> {
  const toLine = format === 'pretty' ? await prettyPrinter() : (record: LogRecord) => `${JSON.stringify(record)}\n`;
  const write = (record: LogRecord) => target.write(toLine(record));
  const destination = { write: (text: string) => write(JSON.parse(text)) };
  const logger = pino({ base: { pid: process.pid }, level }, format === 'pretty' ? destination : target);
  const lowest = levels.values[level] ?? 0;
  const take = (worker: string, stream: string, text: string) => {
    const record = recordOf(text) ?? { level: 30, time: Date.now(), stream, msg: text };
    if (Number(record.level) >= lowest) write({ ...record, worker });
  };
  return {
    logger,
    collect(worker, stream, output) {
      if (output) eachLine(output, (text) => take(worker, stream, text));
    },
  };
}

/** Calls `take` for each line of a text stream. A line beyond the limit is passed in parts. */
function eachLine(stream: Readable, take: (line: string) => void): void {
  let rest = '';
  /** Returns the remainder, which is within the limit. */
  const cut = (text: string): string => {
    let start = 0;
    for (; text.length - start > longestLine; start += longestLine) take(text.slice(start, start + longestLine));
    return text.slice(start);
  };
  stream.setEncoding('utf8');
  stream.on('data', (chunk: string) => {
    const lines = `${rest}${chunk}`.split('\n');
    const last = lines.pop() ?? '';
    for (const line of lines) take(cut(line).replace(/\r$/, ''));
    rest = cut(last);
  });
  stream.on('end', () => {
    if (rest !== '') take(rest);
  });
}

/** Parses a line written by a logger; undefined for any other text. */
function recordOf(text: string): LogRecord | undefined {
  if (!text.startsWith('{"level":')) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    // The text only begins like a record.
    return undefined;
  }
}

/** Loaded on demand: only terminals need it. */
async function prettyPrinter(): Promise<(record: LogRecord) => string> {
  const { prettyFactory } = await import('pino-pretty');
  return prettyFactory({
    translateTime: 'SYS:HH:MM:ss.l',
    ignore: 'pid,hostname,name,worker,component,realm,stream,state,err,urls,process,id,admin',
    hideObject: true,
    messageFormat: (record, messageKey) => {
      const { worker, component, realm, err } = record as Record<string, { message?: string } | string | undefined>;
      const place = [worker, component, realm].filter((part) => part !== undefined).join(' ');
      const why = typeof err === 'object' && err.message ? `: ${err.message}` : '';
      return `${place === '' ? '' : `${place}: `}${record[messageKey]}${why}`;
    },
  });
}
