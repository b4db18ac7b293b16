import { Refused } from '@pgwamp/core';
import { parseLsn } from '@pgwamp/core/internal/postgres';
import {
  type WalChange,
  type WalDecoder,
  type WalTransaction,
  walMessages,
  walRows,
} from '@pgwamp/core/internal/sources';
import type { ChangeMessage, TopicMessage, Wal2jsonMessage } from './source-message.ts';
import { type Moment, topicParser } from './topic-message.ts';

/** The prefix of log messages of `crossbar.publish`. */
const prefix = 'crossbar';

/** A message of the log, before it is assigned to a source. */
export type LogMessage = ChangeMessage | TopicMessage | Wal2jsonMessage;

/** The parts of the log to read besides row changes. */
export interface LogWants {
  /** Whether to read publications of `crossbar.publish`. */
  readonly topics: boolean;
  /** Whether to read messages of `pg_logical_emit_message`. */
  readonly messages: boolean;
}

/** Creates the decoders of the required parts of the log. */
export function logDecoders({ topics, messages }: LogWants): WalDecoder<LogMessage>[] {
  let transaction: Moment | undefined;
  const rows = walRows<LogMessage>(
    (id, change, size) => {
      if (change.kind === 'begin') transaction = momentOf(change.transaction);
      const moment = transaction ?? outside(change.kind === 'message' ? change.lsn : '0/0');
      if (change.kind === 'commit') transaction = undefined;
      return changeMessage(id, change, size, moment);
    },
    { messages },
  );
  const publications = topicParser((id) => transaction ?? outside(id));
  return topics ? [walMessages<LogMessage>([prefix], publications), rows] : [rows];
}

function momentOf({ lsn, at }: WalTransaction): Moment {
  return { position: parseLsn(lsn), committedAt: at.getTime() };
}

/** The moment of a message outside of a transaction. */
function outside(lsn: string): Moment {
  return { position: parseLsn(lsn), committedAt: undefined };
}

function changeMessage(id: string, change: WalChange, size: number, moment: Moment): ChangeMessage {
  const table = 'table' in change ? change.table : undefined;
  return {
    kind: 'change',
    id,
    channel: table ? `${table.schema}.${table.table}` : '',
    payload: '',
    size,
    refusal: change.kind === 'too_large' ? new Refused('too_large', `the row has ${size} bytes`) : undefined,
    change,
    // The selection adds it, since the key of a table may have to be read from the catalog.
    rowKey: '',
    source: '',
    receivedAt: Date.now(),
    ...moment,
  };
}
