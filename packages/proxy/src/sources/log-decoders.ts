import { Refused } from '@pgwamp/core';
import { parseLsn } from '@pgwamp/core/internal/postgres';
import {
  type RowChange,
  type WalChange,
  type WalDecoder,
  type WalTable,
  type WalTransaction,
  walMessages,
  walRows,
} from '@pgwamp/core/internal/sources';
import type { PrimaryKeys } from './primary-keys.ts';
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
export function logDecoders(primary: PrimaryKeys, { topics, messages }: LogWants): WalDecoder<LogMessage>[] {
  const keys = new RowKeys(primary);
  let transaction: Moment | undefined;
  const rows = walRows<LogMessage>(
    (id, change, size) => {
      if (change.kind === 'begin') transaction = momentOf(change.transaction);
      const moment = transaction ?? outside(change.kind === 'message' ? change.lsn : '0/0');
      if (change.kind === 'commit') transaction = undefined;
      return changeMessage(id, change, size, keys, moment);
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

function changeMessage(id: string, change: WalChange, size: number, keys: RowKeys, moment: Moment): ChangeMessage {
  const isRow = change.kind === 'insert' || change.kind === 'update' || change.kind === 'delete';
  const table = 'table' in change ? change.table : undefined;
  return {
    kind: 'change',
    id,
    channel: table ? `${table.schema}.${table.table}` : '',
    payload: '',
    size,
    refusal: change.kind === 'too_large' ? new Refused('too_large', `the row has ${size} bytes`) : undefined,
    change,
    rowKey: isRow ? keys.of(change) : '',
    source: '',
    receivedAt: Date.now(),
    ...moment,
  };
}

/** Identifies rows by table and key. */
class RowKeys {
  readonly #primary: PrimaryKeys;
  /** The key columns, cached; a changed table has a new object. */
  readonly #places = new WeakMap<WalTable, readonly number[]>();

  constructor(primary: PrimaryKeys) {
    this.#primary = primary;
  }

  of({ table, key, old, new: row }: RowChange): string {
    const values = key ?? old ?? row ?? [];
    let text = `${table.schema}.${table.table}`;
    for (const place of this.#placesOf(table)) text += `\n${String(values[place])}`;
    return text;
  }

  /** With REPLICA IDENTITY FULL, the log marks all columns as key, so the primary key comes from the catalog. */
  #placesOf(table: WalTable): readonly number[] {
    const known = this.#places.get(table);
    if (known) return known;
    const names = table.identity === 'full' ? (this.#primary.of(table.oid) ?? []) : undefined;
    const places = table.columns.flatMap(({ name, isKey }, place) =>
      (names ? names.includes(name) : isKey) ? [place] : [],
    );
    this.#places.set(table, places);
    return places;
  }
}
