import { isUtf8 } from 'node:buffer';
import type { DatabaseError } from 'pg';
import { pg } from '../library.ts';
import type { BytesRow, Row } from './transaction.ts';

/** Receives the messages of PostgreSQL in order. */
export interface BackendMessageHandler {
  parseComplete?(): void;
  bindComplete?(): void;
  /** @param bytes size of the row's message. */
  row?(fields: Row, bytes: number): void;
  /** Called instead of `row` while `wantsBytes` is true. */
  bytesRow?(fields: BytesRow): void;
  readonly wantsBytes?: boolean;
  /** A row exceeded the limit and was not read. */
  rowTooLong?(bytes: number): void;
  /** A row is not UTF-8. */
  rowNotUtf8?(): void;
  /** A statement is complete. */
  complete?(): void;
  /** The requested number of rows has arrived. */
  suspended?(): void;
  /** The result of a function that was called by its oid. */
  returned?(value: string | null): void;
  failed(error: DatabaseError): void;
  /** @param status `I` outside a transaction, `T` in a transaction, `E` in a failed transaction. */
  ready(status: string): void;
}

/** Number of bytes to read of an error that exceeds the limit. */
const readOfLongError = 64 * 1024;
const headerSize = 5;

/**
 * Reads the messages of PostgreSQL from the chunks of a socket. It checks the length of a message before it reads the
 * content. A row that exceeds the limit is skipped, and an error that exceeds it is truncated. So no answer needs more
 * memory than the limit.
 *
 * @see https://www.postgresql.org/docs/current/protocol-message-formats.html
 */
export class BackendMessageReader {
  /** Receives the next messages. */
  handler: BackendMessageHandler;
  readonly #limit: number;
  /** The first part of a message that has not arrived completely. */
  #parts: Buffer[] = [];
  #have = 0;
  /** Number of bytes needed to continue. */
  #need = 0;
  /** Number of received bytes to discard. */
  #skip = 0;

  /** @param limit maximum size of a message in bytes. */
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

  /** Reads all complete messages. Returns the offset of the rest. */
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

  /** The number of bytes to read of a message. */
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
        else {
          const row = readRow(bytes, start);
          if (isDoubtful(row) && !isUtf8Row(bytes, start)) this.handler.rowNotUtf8?.();
          else this.handler.row?.(row, size);
        }
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

/** Messages that are not part of the result of a statement. */
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

/** Whether a field may not have been UTF-8. Most texts of V8 cannot contain this character, so this takes no time. */
function isDoubtful(row: readonly (string | null)[]): boolean {
  for (const field of row) if (field?.includes('\ufffd')) return true;
  return false;
}

function isUtf8Row(bytes: Buffer, start: number): boolean {
  return readFields(bytes, start).every((field) => field === null || isUtf8(field));
}

/** Copies the bytes, because the chunk is reused. */
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

/** Truncates the text of an error. The last character may be incomplete. */
function cutText(text: string, size: number): string {
  return `${text.replace(/\ufffd+$/, '')} … (cut: the error has ${size} bytes)`;
}
