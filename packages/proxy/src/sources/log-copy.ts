import { createHash } from 'node:crypto';
import { backoff, type Logger } from '@pgwamp/core/internal/component';
import { type Connection, dropSlot, type Lsn, lsnText, reason } from '@pgwamp/core/internal/postgres';
import type { WalBatch, WalSource } from '@pgwamp/core/internal/sources';
import type { LogMessage } from './log-decoders.ts';

/** A reader of the log with a copy of a slot, which is dropped when this is disposed of. */
export interface LogCopy extends AsyncDisposable {
  read(stop: AbortSignal): AsyncIterable<WalBatch<LogMessage>>;
}

/** The options of a copy. */
export interface LogCopyOptions {
  readonly connection: Connection;
  /** The slot to copy. */
  readonly slot: string;
  readonly open: (slot: string, start: string) => Promise<WalSource<LogMessage>>;
  readonly log: Logger;
}

/**
 * The name of the copy for a sink, within the length limit of PostgreSQL. The hash keeps apart sinks and slots whose
 * names differ only in case, in a dash or behind the limit: a leftover of that name is dropped.
 */
export function copyName(slot: string, sink: string): string {
  const readable = sink
    .toLowerCase()
    .replace(/[^a-z0-9]/g, '_')
    .slice(0, 16);
  const exact = createHash('sha256').update(`${slot} ${sink}`).digest('hex').slice(0, 8);
  return `${slot.slice(0, 36)}_${readable}_${exact}`;
}

/** Reads the log from an earlier position that the slot still has. Without a free slot, it waits for one. */
export async function openLogCopy(
  { connection, slot, open, log }: LogCopyOptions,
  sink: string,
  start: Lsn,
  stop: AbortSignal,
): Promise<LogCopy | undefined> {
  const name = copyName(slot, sink);
  const pause = backoff({ first: 500, max: 30_000 });
  while (!stop.aborted) {
    try {
      // A process that was killed leaves its copy behind.
      await dropSlot(connection, name);
      await connection.query('SELECT pg_copy_logical_replication_slot($1, $2, false)', [slot, name], {
        timeout: Number.POSITIVE_INFINITY,
      });
      const source = await open(name, lsnText(start));
      return {
        read: (halt) => source.read(halt),
        async [Symbol.asyncDispose]() {
          await source[Symbol.asyncDispose]();
          if (!connection.lost.aborted) await dropSlot(connection, name);
        },
      };
    } catch (error) {
      connection.lost.throwIfAborted();
      await pause.wait(stop, (length) =>
        log.warn(
          { sink, slot },
          `sink ${sink} is behind, but the slot cannot be copied, retrying in ${Math.round(length)} ms: ${reason(error)}`,
        ),
      );
    }
  }
  return undefined;
}
