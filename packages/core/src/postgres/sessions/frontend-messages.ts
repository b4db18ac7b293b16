import type { Duplex } from 'node:stream';
import type { ParameterValue } from './transaction.ts';

/**
 * Size of one write in bytes: large enough for the operating system, and small enough that PostgreSQL starts while the
 * rest is being written.
 */
const writeSize = 16 * 1024;
/** Initial size of the buffer in bytes. Node.js takes such small buffers from a pool. */
const firstSize = 1024;
/** Maximum number of UTF-8 bytes for one UTF-16 code unit. */
const bytesOfCharacter = 3;
const headerSize = 5;

/**
 * Writes messages of the extended query protocol into one buffer, and passes them to the socket in few writes. A corked
 * socket would still pass them on one by one, and the operating system takes longer to collect hundreds of them than
 * copying takes.
 *
 * @see https://www.postgresql.org/docs/current/protocol-message-formats.html
 */
export class FrontendMessages {
  readonly #stream: Duplex;
  #buffer = Buffer.allocUnsafe(firstSize);
  #length = 0;

  constructor(stream: Duplex) {
    this.#stream = stream;
  }

  /**
   * Prepares a statement. The empty name stands for the unnamed statement.
   *
   * @param types oids of its first parameters' types.
   */
  parse(name: string, text: string, types: readonly number[] = []): void {
    let place = this.#begin('P', 4 + spaceOf(name) + spaceOf(text) + 4 * types.length);
    place += this.#buffer.write(`${name}\0${text}\0`, place);
    place = this.#buffer.writeUInt16BE(types.length, place);
    for (const type of types) place = this.#buffer.writeUInt32BE(type, place);
    this.#end(place);
  }

  /**
   * Creates the unnamed portal of a prepared statement.
   *
   * @param binary for each result column, whether it is sent in binary format. Default: all in text format.
   */
  bind(statement: string, values: readonly ParameterValue[], binary: readonly boolean[] = []): void {
    let space = 8 + spaceOf(statement) + 2 * (values.length + binary.length);
    for (const value of values) space += 4 + (value === null ? 0 : spaceOf(value));
    let place = this.#begin('B', space);
    const buffer = this.#buffer;
    place += buffer.write(`\0${statement}\0`, place);
    place = values.some(Buffer.isBuffer)
      ? writeFormats(buffer, place, values.map(Buffer.isBuffer))
      : buffer.writeUInt16BE(0, place);
    place = buffer.writeUInt16BE(values.length, place);
    for (const value of values) place = writeValue(buffer, value, place);
    this.#end(binary.length > 0 ? writeFormats(buffer, place, binary) : buffer.writeUInt16BE(0, place));
  }

  /** Runs the unnamed portal up to a number of rows; 0 for all rows. */
  execute(rows: number): void {
    const place = this.#begin('E', 5);
    this.#end(this.#buffer.writeInt32BE(rows, this.#buffer.writeUInt8(0, place)));
  }

  /** Closes a prepared statement or a portal. Closing one that does not exist is not an error. */
  close(target: 'S' | 'P', name: string): void {
    const place = this.#begin('C', 2 + spaceOf(name));
    this.#end(place + this.#buffer.write(`${target}${name}\0`, place));
  }

  /** Calls a function by its oid, in its own transaction. SQL cannot replace it by another function. */
  callFunction(oid: number, argument: string | null): void {
    let place = this.#begin('F', 14 + spaceOf(argument ?? ''));
    const buffer = this.#buffer;
    place = buffer.writeUInt32BE(oid, place);
    // There is one argument, and all arguments are in text format.
    place = buffer.writeUInt32BE(1, place);
    place = writeValue(buffer, argument, place);
    this.#end(buffer.writeUInt16BE(0, place));
  }

  /** Ends an implicit transaction. */
  sync(): void {
    this.#end(this.#begin('S', 0));
  }

  /** Requests the answers so far. */
  flush(): void {
    this.#end(this.#begin('H', 0));
  }

  /** Sends the buffered messages. */
  send(): void {
    if (this.#length > 0 && this.#stream.writable) this.#stream.write(this.#buffer.subarray(0, this.#length));
    // A new buffer, because the socket may retain the old one.
    this.#buffer = Buffer.allocUnsafe(firstSize);
    this.#length = 0;
  }

  /** Starts a message and reserves space for its content. Returns the offset of the content. */
  #begin(type: string, space: number): number {
    const needed = this.#length + headerSize + space;
    if (needed > this.#buffer.length) {
      const larger = Buffer.allocUnsafe(Math.max(needed, 2 * this.#buffer.length));
      this.#buffer.copy(larger, 0, 0, this.#length);
      this.#buffer = larger;
    }
    this.#buffer[this.#length] = type.charCodeAt(0);
    return this.#length + headerSize;
  }

  /** Ends the message at an offset. */
  #end(place: number): void {
    this.#buffer.writeInt32BE(place - this.#length - 1, this.#length + 1);
    this.#length = place;
    if (place >= writeSize) this.send();
  }
}

/** Writes the size of a value, and the value. Returns the offset after it. */
function writeValue(buffer: Buffer, value: string | Buffer | null, place: number): number {
  if (value === null) return buffer.writeInt32BE(-1, place);
  const start = place + 4;
  const bytes = typeof value === 'string' ? buffer.write(value, start) : value.copy(buffer, start);
  buffer.writeInt32BE(bytes, place);
  return start + bytes;
}

/** Writes format codes, 1 for binary. Returns the offset after them. */
function writeFormats(buffer: Buffer, start: number, binary: readonly boolean[]): number {
  let place = buffer.writeUInt16BE(binary.length, start);
  for (const isBinary of binary) place = buffer.writeUInt16BE(Number(isBinary), place);
  return place;
}

/** The maximum size of a value in bytes. The bytes of a text are only counted if it is long. */
function spaceOf(text: string | Buffer): number {
  if (typeof text !== 'string') return text.length;
  return text.length < writeSize ? text.length * bytesOfCharacter : Buffer.byteLength(text);
}
