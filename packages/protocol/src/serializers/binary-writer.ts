const INITIAL_SIZE = 4_096;
// A larger buffer is released after the message that needed it.
const LARGEST_KEPT = 1_048_576;
const MAX_ID = 2 ** 53;
// Up to this length, a loop over the characters is faster than calls of native code.
const SHORT_TEXT = 48;

/**
 * Writes values in a binary format. The memory is reused for the next message. Integers of any size are written as
 * integers. Other writers convert them to floats from 2^32 on, which other WAMP peers do not accept as ids.
 */
export abstract class BinaryWriter {
  protected bytes = Buffer.allocUnsafe(INITIAL_SIZE);
  #length = 0;

  /** Starts a new message. This also discards a message that was not finished because one of its values threw. */
  begin(): void {
    this.#length = 0;
  }

  /** Returns everything written since {@link begin}, followed by raw bytes. */
  finish(tail?: Uint8Array): Buffer {
    const length = this.#length;
    const result = Buffer.allocUnsafe(length + (tail?.length ?? 0));
    this.bytes.copy(result, 0, 0, length);
    if (tail !== undefined) result.set(tail, length);
    if (this.bytes.length > LARGEST_KEPT) this.bytes = Buffer.allocUnsafe(INITIAL_SIZE);
    return result;
  }

  abstract list(length: number): void;
  protected abstract dict(length: number): void;
  protected abstract null(): void;
  protected abstract boolean(value: boolean): void;
  /** An integer from -2^53 to 2^53. */
  protected abstract integer(value: number): void;
  protected abstract bigInteger(value: bigint): void;
  protected abstract float(value: number): void;
  protected abstract textHead(length: number): void;
  protected abstract bytesHead(length: number): void;

  /** Writes any value that JSON can express, and bigints and bytes. Every other value becomes null, as in JSON. */
  value(value: unknown): void {
    if (typeof value === 'string') this.#text(value);
    else if (typeof value === 'number') this.#number(value);
    else if (typeof value === 'boolean') this.boolean(value);
    else if (typeof value === 'bigint') this.bigInteger(value);
    else if (typeof value === 'object' && value !== null) this.#object(value);
    else this.null();
  }

  /** Reserves `length` bytes and returns the offset of the first. */
  protected room(length: number): number {
    const start = this.#length;
    this.#length = start + length;
    if (this.#length > this.bytes.length) this.#grow(start);
    return start;
  }

  protected byte(value: number): void {
    const at = this.room(1);
    this.bytes[at] = value;
  }

  #grow(used: number): void {
    const grown = Buffer.allocUnsafe(Math.max(this.#length, this.bytes.length * 2));
    this.bytes.copy(grown, 0, 0, used);
    this.bytes = grown;
  }

  #number(value: number): void {
    const isExact = Number.isInteger(value) && value <= MAX_ID && value >= -MAX_ID && !Object.is(value, -0);
    if (isExact) this.integer(value);
    else this.float(value);
  }

  #object(value: object): void {
    if (Array.isArray(value)) this.#list(value);
    else if (value instanceof Uint8Array) this.#bytes(value);
    else if ('toJSON' in value && typeof value.toJSON === 'function') this.value(value.toJSON());
    else this.#dict(value as Readonly<Record<string, unknown>>);
  }

  #list(list: readonly unknown[]): void {
    this.list(list.length);
    for (const item of list) this.value(item);
  }

  #dict(dict: Readonly<Record<string, unknown>>): void {
    const keys = Object.keys(dict).filter((key) => dict[key] !== undefined);
    this.dict(keys.length);
    for (const key of keys) {
      this.#text(key);
      this.value(dict[key]);
    }
  }

  #bytes(bytes: Uint8Array): void {
    this.bytesHead(bytes.length);
    const at = this.room(bytes.length);
    this.bytes.set(bytes, at);
  }

  #text(text: string): void {
    if (text.length <= SHORT_TEXT && this.#asciiText(text)) return;
    const length = Buffer.byteLength(text);
    this.textHead(length);
    const at = this.room(length);
    this.bytes.write(text, at, length, 'utf8');
  }

  /** Writes a text that is pure ASCII. If the text is not ASCII, discards what it has written and returns false. */
  #asciiText(text: string): boolean {
    const before = this.#length;
    this.textHead(text.length);
    const at = this.room(text.length);
    for (let index = 0; index < text.length; index++) {
      const code = text.charCodeAt(index);
      if (code > 0x7f) {
        this.#length = before;
        return false;
      }
      this.bytes[at + index] = code;
    }
    return true;
  }
}
