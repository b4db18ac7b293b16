import type { Message } from '@pgwamp/core/internal/pipeline';
import type { Lsn } from '@pgwamp/core/internal/postgres';
import type { WalChange } from '@pgwamp/core/internal/sources';

/** Where a message comes from, and when. */
export interface Origin {
  /** What the configuration calls its source. */
  readonly source: string;
  /** When its transaction was committed, in milliseconds since 1970; undefined where PostgreSQL does not say it. */
  readonly committedAt: number | undefined;
  /** When it was read, in milliseconds since 1970. */
  readonly receivedAt: number;
  /** Where the commit of its transaction is in the log, where it comes from there. */
  readonly position: Lsn | undefined;
}

/** The payload of a NOTIFY, or of a row of `events.events`; `channel` is that of NOTIFY. */
export interface ChannelMessage extends Message, Origin {
  readonly kind: 'channel';
  readonly payload: string;
  /** What stood before the first pipe, by framing `key`; else empty. */
  readonly key: string;
}

/** What `crossbar.publish` has published; `channel` is the topic. Options, args and kwargs are JSON, or empty. */
export interface TopicMessage extends Message, Origin {
  readonly kind: 'topic';
  readonly payload: string;
  readonly options: string;
  readonly args: string;
  readonly kwargs: string;
}

/** What has become of rows: out of the write-ahead log. `channel` is `schema.table`; empty for the borders of transactions. */
export interface ChangeMessage extends Message, Origin {
  readonly kind: 'change';
  readonly change: WalChange;
  /** Names the row: its table and primary key. Empty for what is no single row. */
  readonly rowKey: string;
}

/** A line of the plugin wal2json, as it is; `channel` is `wal2json`. */
export interface Wal2jsonMessage extends Message, Origin {
  readonly kind: 'wal2json';
  readonly payload: string;
}

/** What a source of the Proxy yields. */
export type SourceMessage = ChannelMessage | TopicMessage | ChangeMessage | Wal2jsonMessage;
