import type { DatabaseError } from 'pg';
import { pg } from '../library.ts';
import type { BytesRow, Row } from './transaction.ts';

/** Gets the answers of PostgreSQL, in their order. */
export interface BackendMessageHandler {
  parseComplete?(): void;
  bindComplete?(): void;
  /** @param bytes what the message of the row takes. */
  row?(fields: Row, bytes: number): void;
  /** In the place of `row`, for a handler that wants the bytes of its rows now. */
  bytesRow?(fields: BytesRow): void;
  readonly wantsBytes?: boolean;
  /** A row was longer than the limit, and was not read. */
  rowTooLong?(bytes: number): void;
  /** All rows of a statement have come. */
  complete?(): void;
  /** As many rows as were asked for have come. */
  suspended?(): void;
  /** The result of a function that was called by its oid. */
  returned?(value: string | null): void;
  failed(error: DatabaseError): void;
  /** @param status `I` outside of a transaction, `T` in one, `E` in one that has failed. */
  ready(status: string): void;
}

/** Bytes of an error that is longer than the limit which are read. */
const readOfLongError = 64 * 1024;
const headerSize = 5;

/**
 * Reads the messages of PostgreSQL from the chunks of a socket. The length of a message is looked at before anything is made of it: a
 * row that is longer than the limit is skipped, and an error that is longer is cut, so that no answer needs more memory than the limit.
 *
 * @see https://www.postgresql.org/docs/current/protocol-message-formats.html
 */
export class BackendMessageReader {
  /** Gets the answers that come next. */
  handler: BackendMessageHandler;
  readonly #limit: number;
  /** The beginning of a message that has not come to its end. */
  #parts: Buffer[] = [];
  #have = 0;
  /** Bytes of that beginning which are needed to go on. */
  #need = 0;
  /** Bytes to come that nobody needs. */
  #skip = 0;

  /** @param limit bytes that a message may have. */
  constructor(handler: BackendMessageHandler, limit: number) {
    this.handler = handler;
    this.#limit = limit;
  }

  push(chunk: Buffer): void {
    const skipped = Math.min(this.#skip, chunk.length);
    this.#skip -= skipped;
    if (skipped === chunk.length) return;
    this.#parts.push(skipped > 0 ? chunk.subarray(skipped) : chunk);
    this.#have += chunk.length - skipped;
    if (this.#have < this.#need) return;
    const bytes = this.#parts.length === 1 ? (this.#parts[0] as Buffer) : Buffer.concat(this.#parts, this.#have);
    const rest = bytes.subarray(this.#read(bytes));
    this.#parts = rest.length > 0 ? [rest] : [];
    this.#have = rest.length;
  }

  /** Reads all messages that are whole; returns where the rest begins. */
  #read(bytes: Buffer): number {
    for (let start = 0; ; ) {
      this.#need = headerSize;
      if (start + headerSize > bytes.length) return start;
      const type = bytes[start] as number;
      const size = bytes.readUInt32BE(start + 1) + 1;
      const wanted = this.#wanted(type, size);
      if (start + wanted > bytes.length) {
        this.#need = wanted;
        return start;
      }
      this.#handle(type, bytes, start + headerSize, start + wanted, size);
      start += size;
      if (start > bytes.length) {
        this.#skip = start - bytes.length;
        return bytes.length;
      }
    }
  }

  /** How many bytes of a message are to be read. */
  #wanted(type: number, size: number): number {
    if (ignored.has(type)) return headerSize;
    if (size <= this.#limit) return size;
    return type === code.error ? Math.min(size, readOfLongError) : headerSize;
  }

  #handle(type: number, bytes: Buffer, start: number, end: number, size: number): void {
    switch (type) {
      case code.row:
        if (size > this.#limit) this.handler.rowTooLong?.(size);
        else if (this.handler.wantsBytes) this.handler.bytesRow?.(readFields(bytes, start));
        else this.handler.row?.(readRow(bytes, start), size);
        break;
      case code.bindComplete:
        this.handler.bindComplete?.();
        break;
      case code.commandComplete:
      case code.emptyQuery:
        this.handler.complete?.();
        break;
      case code.ready:
        this.handler.ready(bytes.toString('latin1', start, end));
        break;
      case code.parseComplete:
        this.handler.parseComplete?.();
        break;
      case code.functionResult:
        this.handler.returned?.(readRow(bytes, start, 1)[0] ?? null);
        break;
      case code.suspended:
        this.handler.suspended?.();
        break;
      case code.error:
        this.handler.failed(readError(bytes.subarray(start, end), size));
        break;
    }
  }
}

const code = {
  parseComplete: 0x31,
  bindComplete: 0x32,
  closeComplete: 0x33,
  notification: 0x41,
  commandComplete: 0x43,
  row: 0x44,
  error: 0x45,
  emptyQuery: 0x49,
  notice: 0x4e,
  parameterStatus: 0x53,
  rowDescription: 0x54,
  functionResult: 0x56,
  ready: 0x5a,
  suspended: 0x73,
} as const;

/** Messages that say nothing about the statements that were asked for. */
const ignored: ReadonlySet<number> = new Set([
  code.closeComplete,
  code.notice,
  code.notification,
  code.parameterStatus,
  code.rowDescription,
]);

function readRow(bytes: Buffer, start: number, columns?: number): (string | null)[] {
  const count = columns ?? bytes.readUInt16BE(start);
  let place = columns === undefined ? start + 2 : start;
  const fields = new Array<string | null>(count);
  for (let index = 0; index < count; index += 1) {
    const length = bytes.readInt32BE(place);
    place += 4;
    fields[index] = length < 0 ? null : bytes.toString('utf8', place, place + length);
    place += Math.max(0, length);
  }
  return fields;
}

/** As bytes of their own, since the chunk that they come in is used again. */
function readFields(bytes: Buffer, start: number): (Buffer | null)[] {
  let place = start + 2;
  return Array.from({ length: bytes.readUInt16BE(start) }, () => {
    const length = bytes.readInt32BE(place);
    const field = length < 0 ? null : Buffer.from(bytes.subarray(place + 4, place + 4 + length));
    place += 4 + Math.max(0, length);
    return field;
  });
}

/** @see https://www.postgresql.org/docs/current/protocol-error-fields.html */
function readError(bytes: Buffer, size: number): DatabaseError {
  const fields: Record<string, string> = {};
  for (let place = 0; place < bytes.length && bytes[place] !== 0; ) {
    const found = bytes.indexOf(0, place + 1);
    const text = bytes.toString('utf8', place + 1, found < 0 ? bytes.length : found);
    fields[String.fromCharCode(bytes[place] as number)] = found < 0 ? cutText(text, size) : text;
    place = found < 0 ? bytes.length : found + 1;
  }
  const error = new (pg().DatabaseError)(fields.M ?? '', size, 'error');
  for (const [field, name] of Object.entries(errorFields)) error[name] = fields[field];
  return error;
}

const errorFields = {
  S: 'severity',
  C: 'code',
  D: 'detail',
  H: 'hint',
  P: 'position',
  W: 'where',
  R: 'routine',
  s: 'schema',
  t: 'table',
  c: 'column',
  d: 'dataType',
  n: 'constraint',
} as const;

/** The last character of what was cut may be a part of one. */
function cutText(text: string, size: number): string {
  return `${text.replace(/\ufffd+$/, '')} … (cut: the error has ${size} bytes)`;
}
