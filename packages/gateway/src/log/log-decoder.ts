import type { Message } from '@pgwamp/core/internal/pipeline';
import { isTransactional, type Lsn, messageLsn, pgoutput } from '@pgwamp/core/internal/postgres';
import {
  type Publication,
  parsePublication,
  type WalChange,
  type WalDecoder,
  walMessages,
  walRows,
} from '@pgwamp/core/internal/sources';

/** The prefix of log messages of `crossbar.publish`. */
const prefix = 'crossbar';

/** A change of a row, or of all rows of tables. */
export type TableChange = Exclude<WalChange, { readonly kind: 'begin' | 'commit' | 'message' }>;

/** An entry of the log that may concern a client. */
export type LogMessage = Message & {
  /** Its sequence number among all entries read. */
  readonly order: number;
  /**
   * The commit of its transaction; for an autonomous publication its own position. It never decreases from one message
   * to the next.
   */
  readonly position: Lsn;
} & (
    | { readonly publication: Publication; readonly change?: undefined }
    | { readonly change: TableChange; readonly publication?: undefined }
  );

/** Decodes publications and row changes to messages, each with the position of its commit. */
export class LogDecoder implements WalDecoder<LogMessage> {
  #position: Lsn = 0n;
  #order = 0;
  readonly #publications = walMessages<LogMessage>([prefix], (...text) => {
    const publication = parsePublication(...text);
    this.#order += 1;
    return { ...publication, publication, position: this.#position, order: this.#order };
  });
  readonly #rows = walRows<LogMessage>((id, change, size) => {
    if (!isTableChange(change)) return undefined;
    const channel = 'table' in change ? change.table.table : '';
    this.#order += 1;
    return { id, channel, payload: '', size, change, position: this.#position, order: this.#order };
  });

  decode(buffer: Buffer, offset: number, end: number, size: number): LogMessage | undefined {
    const code = buffer[offset];
    // Both messages begin with a position.
    if (code === pgoutput.begin) this.#position = buffer.readBigUInt64BE(offset + 1);
    if (code !== pgoutput.message) return this.#rows.decode(buffer, offset, end, size);
    if (!isTransactional(buffer, offset)) this.#position = buffer.readBigUInt64BE(offset + messageLsn);
    return this.#publications.decode(buffer, offset, end, size);
  }
}

function isTableChange(change: WalChange): change is TableChange {
  return change.kind !== 'begin' && change.kind !== 'commit' && change.kind !== 'message';
}
