import type { Duplex } from 'node:stream';

/** Bytes that go in one write: much for the operating system, little enough for PostgreSQL to begin while the rest is being made. */
const writeSize = 16 * 1024;
/** Bytes of a buffer at first; Node takes such small ones from a pool. */
const firstSize = 1024;
/** Bytes that a character of a string may take, which UTF-8 writes. */
const bytesOfCharacter = 3;

/**
 * Writes messages of the extended query protocol into one buffer, and hands them to the socket in few writes. To cork the socket would
 * hand them over one by one all the same, and the operating system takes longer to collect hundreds of them than it takes us to copy.
 *
 * @see https://www.postgresql.org/docs/current/protocol-message-formats.html
 */
export class FrontendMessages {
  readonly #stream: Duplex;
  #buffer = Buffer.allocUnsafe(firstSize);
  #length = 0;
  #start = 0;

  constructor(stream: Duplex) {
    this.#stream = stream;
  }

  /** Prepares a statement; the empty name is the unnamed one. */
  parse(name: string, text: string): void {
    this.#begin('P');
    this.#cstring(name);
    this.#cstring(text);
    this.#int16(0);
    this.#end();
  }

  /** Makes the unnamed portal of a prepared statement; values and results are in text format. */
  bind(statement: string, values: readonly (string | null)[]): void {
    this.#begin('B');
    this.#cstring('');
    this.#cstring(statement);
    this.#int16(0);
    this.#int16(values.length);
    for (const value of values) this.#value(value);
    this.#int16(0);
    this.#end();
  }

  /** Runs the unnamed portal, up to a number of rows; 0 is all. */
  execute(rows: number): void {
    this.#begin('E');
    this.#cstring('');
    this.#int32(rows);
    this.#end();
  }

  /** Closes a prepared statement, or a portal. To close what does not exist is no error. */
  close(target: 'S' | 'P', name: string): void {
    this.#begin('C');
    this.#ensure(1);
    this.#buffer[this.#length] = target.charCodeAt(0);
    this.#length += 1;
    this.#cstring(name);
    this.#end();
  }

  /** Calls a function by its oid, in a transaction of its own; no SQL can put another in its place. */
  callFunction(oid: number, argument: string): void {
    this.#begin('F');
    this.#ensure(4);
    this.#length = this.#buffer.writeUInt32BE(oid, this.#length);
    this.#int16(0);
    this.#int16(1);
    this.#value(argument);
    this.#int16(0);
    this.#end();
  }

  /** Ends an implicit transaction. */
  sync(): void {
    this.#begin('S');
    this.#end();
  }

  /** Asks for the answers so far. */
  flush(): void {
    this.#begin('H');
    this.#end();
  }

  /** Hands over what is left. */
  send(): void {
    if (this.#length > 0 && this.#stream.writable) this.#stream.write(this.#buffer.subarray(0, this.#length));
    // The socket may keep what it was given.
    this.#buffer = Buffer.allocUnsafe(firstSize);
    this.#length = 0;
  }

  #begin(type: string): void {
    this.#ensure(5);
    this.#buffer[this.#length] = type.charCodeAt(0);
    this.#start = this.#length + 1;
    this.#length += 5;
  }

  #end(): void {
    this.#buffer.writeInt32BE(this.#length - this.#start, this.#start);
    if (this.#length >= writeSize) this.send();
  }

  #value(value: string | null): void {
    this.#int32(-1);
    if (value === null) return;
    const place = this.#length;
    this.#text(value);
    this.#buffer.writeInt32BE(this.#length - place, place - 4);
  }

  #cstring(text: string): void {
    this.#text(text);
    this.#ensure(1);
    this.#buffer[this.#length] = 0;
    this.#length += 1;
  }

  #text(text: string): void {
    this.#ensure(text.length < writeSize ? text.length * bytesOfCharacter : Buffer.byteLength(text));
    this.#length += this.#buffer.write(text, this.#length);
  }

  #int16(value: number): void {
    this.#ensure(2);
    this.#length = this.#buffer.writeUInt16BE(value, this.#length);
  }

  #int32(value: number): void {
    this.#ensure(4);
    this.#length = this.#buffer.writeInt32BE(value, this.#length);
  }

  #ensure(bytes: number): void {
    const needed = this.#length + bytes;
    if (needed <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(needed, 2 * this.#buffer.length));
    this.#buffer.copy(larger, 0, 0, this.#length);
    this.#buffer = larger;
  }
}
