import type { WalChange, WalTable } from '@pgwamp/core/internal/sources';
import type { ChangeMessage, ChannelMessage } from '../../src/sources/source-message.ts';

const origin = { committedAt: undefined, receivedAt: 0, position: undefined };

/** A message of a channel. */
export function channelMessage(channel: string, payload: string, key = '', id = '1'): ChannelMessage {
  return {
    kind: 'channel',
    id,
    source: 'channels',
    channel,
    key,
    payload,
    size: Buffer.byteLength(payload),
    ...origin,
  };
}

/** A table whose columns are texts, the first one of which is its key. */
export function textTable(schema: string, table: string, ...columns: readonly string[]): WalTable {
  return {
    oid: 1,
    schema,
    table,
    identity: 'default',
    types: new Map(),
    columns: columns.map((name, index) => ({ name, isKey: index === 0, typeOid: 25, typeModifier: -1 })),
  };
}

const transaction = { xid: 7, lsn: '0/2', at: new Date(0), microseconds: 0n };

/** A row that was inserted. */
export function insertMessage(table: WalTable, ...row: readonly (string | null)[]): ChangeMessage {
  return changeMessage({ kind: 'insert', transaction, table, new: row }, `${table.schema}.${table.table}\n${row[0]}`);
}

/** Any change. */
function changeMessage(change: WalChange, rowKey = '', id = '0/1/0'): ChangeMessage {
  return { kind: 'change', id, source: 'rows', channel: '', payload: '', size: 0, change, rowKey, ...origin };
}

/** Tables that were truncated together. */
export function truncateMessage(...tables: readonly WalTable[]): ChangeMessage {
  return changeMessage({ kind: 'truncate', transaction, tables, cascade: false, restartIdentity: false });
}
