import type { Message } from '@pgwamp/core/internal/pipeline';
import type { Lsn } from '@pgwamp/core/internal/postgres';
import type { WalChange } from '@pgwamp/core/internal/sources';

/** The origin of a message. */
export interface Origin {
  /** The name of its source in the configuration. */
  readonly source: string;
  /** The commit time of its transaction, in milliseconds since 1970; undefined if PostgreSQL does not report it. */
  readonly committedAt: number | undefined;
  /** The time when it was read, in milliseconds since 1970. */
  readonly receivedAt: number;
  /** The position of the commit of its transaction, if it comes from the log. */
  readonly position: Lsn | undefined;
}

/** The payload of a NOTIFY, or of a row of `events.events`; `channel` is the NOTIFY channel. */
export interface ChannelMessage extends Message, Origin {
  readonly kind: 'channel';
  readonly payload: string;
  /** The text before the first pipe with framing `key`, otherwise empty. */
  readonly key: string;
}

/** A publication of `crossbar.publish`; `channel` is the topic. Options, args and kwargs are JSON, or empty. */
export interface TopicMessage extends Message, Origin {
  readonly kind: 'topic';
  readonly payload: string;
  readonly options: string;
  readonly args: string;
  readonly kwargs: string;
}

/** A change from the write-ahead log. `channel` is `schema.table`; empty for transaction borders. */
export interface ChangeMessage extends Message, Origin {
  readonly kind: 'change';
  readonly change: WalChange;
  /**
   * Identifies the row by table and primary key, or by the table alone if the row is too large to read its key. Empty if
   * the change is not of a row, or rows of the table have no identity.
   */
  readonly rowKey: string;
  /** The same for the new row, if an UPDATE has changed the key. */
  readonly newRowKey?: string | undefined;
}

/** An unchanged line of the wal2json plugin; `channel` is `wal2json`. */
export interface Wal2jsonMessage extends Message, Origin {
  readonly kind: 'wal2json';
  readonly payload: string;
}

/** A message of a source of the Proxy. */
export type SourceMessage = ChannelMessage | TopicMessage | ChangeMessage | Wal2jsonMessage;
