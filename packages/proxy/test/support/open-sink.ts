import { parseConfiguration } from '@pgwamp/config';
import { type Logger, pino } from 'pino';
import type { OpenSink } from '../../src/sinks/sink.ts';
import { openSink as open, type SinkOptions, sinkOptions } from '../../src/sinks/sink-options.ts';

/** Lines of a log, as objects. */
export type LogLines = { readonly level: number; readonly msg: string }[];

/** A log that keeps its lines. */
export function keptLog(): { readonly log: Logger; readonly lines: LogLines } {
  const lines: LogLines = [];
  const log = pino({ base: null }, { write: (line: string) => void lines.push(JSON.parse(line)) });
  return { log, lines };
}

/** Opens a sink by what a user may write. */
export function openSink(options: object, log: Logger = keptLog().log): Promise<OpenSink> {
  return open(parseConfiguration(sinkOptions, options) as SinkOptions, { name: 'orders', log });
}
