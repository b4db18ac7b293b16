import { Refused } from '@pgwamp/core';
import { type Lsn, parseLsn, unchanged, type Value } from '@pgwamp/core/internal/postgres';
import {
  type WalChange,
  type WalDecoder,
  type WalTable,
  type WalTransaction,
  walMessages,
  walRows,
} from '@pgwamp/core/internal/sources';
import type { PrimaryKeys } from './primary-keys.ts';
import type { ChangeMessage, TopicMessage } from './source-message.ts';
import { topicParser } from './topic-message.ts';

/** The prefix of what `crossbar.publish` writes to the log. */
const prefix = 'crossbar';

/** What the log has for the Proxy; of which source it is, is not decided yet. */
export type LogMessage = ChangeMessage | TopicMessage;

/** Makes messages of row changes, and of the publications of `crossbar.publish` if topics are wanted. */
export function logDecoders(keys: PrimaryKeys, withTopics: boolean): WalDecoder<LogMessage>[] {
  let transaction: { readonly position: Lsn; readonly committedAt: number } | undefined;
  const rows = walRows<LogMessage>((id, change, size) => {
    if (change.kind === 'begin') transaction = momentOf(change.transaction);
    const moment = transaction ?? momentOf(change.transaction);
    if (change.kind === 'commit') transaction = undefined;
    return changeMessage(id, change, size, keys, moment);
  });
  const topics = topicParser((id) => transaction ?? { position: parseLsn(id), committedAt: undefined });
  return withTopics ? [rows, walMessages<LogMessage>([prefix], topics)] : [rows];
}

function momentOf({ lsn, at }: WalTransaction) {
  return { position: parseLsn(lsn), committedAt: at.getTime() };
}

function changeMessage(
  id: string,
  change: WalChange,
  size: number,
  keys: PrimaryKeys,
  moment: { readonly position: Lsn; readonly committedAt: number },
): ChangeMessage {
  const isRow = change.kind === 'insert' || change.kind === 'update' || change.kind === 'delete';
  const table = 'table' in change ? change.table : undefined;
  return {
    kind: 'change',
    id,
    channel: table ? `${table.schema}.${table.table}` : '',
    payload: '',
    size,
    refusal: change.kind === 'too_large' ? new Refused('too_large', `the row has ${size} bytes`) : undefined,
    change: completed(change),
    rowKey: isRow ? rowKey(change.table, change.key ?? change.old ?? change.new ?? [], keys) : '',
    source: '',
    receivedAt: Date.now(),
    ...moment,
  };
}

/** A TOASTed value that an UPDATE has left as it was is that of the old row, where the log has one. */
function completed(change: WalChange): WalChange {
  if (change.kind !== 'update' || !change.old || !change.new?.includes(unchanged)) return change;
  const { old } = change;
  return { ...change, new: change.new.map((value, index) => (value === unchanged ? (old[index] ?? value) : value)) };
}

/** With REPLICA IDENTITY FULL the log marks all columns as key; then the catalogue has the primary key. */
function rowKey(table: WalTable, values: readonly Value[], keys: PrimaryKeys): string {
  const names = table.identity === 'full' ? keys.of(table.oid) : undefined;
  let text = `${table.schema}.${table.table}`;
  for (const [index, { name, isKey }] of table.columns.entries()) {
    const isPart = table.identity === 'full' ? names?.includes(name) : isKey;
    if (isPart) text += `\n${String(values[index])}`;
  }
  return text;
}
