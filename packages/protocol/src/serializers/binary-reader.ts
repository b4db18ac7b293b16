import { isUtf8 } from 'node:buffer';

// Up to this length, a loop over the bytes is faster than a call of native code.
const SHORT_TEXT = 48;

/** A position in a frame, and the reading functions that the binary formats share. */
export abstract class BinaryReader {
  protected readonly bytes: Buffer;
  #at: number;

  constructor(content: Uint8Array, at = 0) {
    this.bytes = Buffer.isBuffer(content)
      ? content
      : Buffer.from(content.buffer, content.byteOffset, content.byteLength);
    this.#at = at;
  }

  /** The offset of the next item. */
  get at(): number {
    return this.#at;
  }

  /** Reads the head of a list. Returns its length, or -1 if an end mark follows the last item. */
  abstract openList(): number;
  /** Whether a list that was opened without a length ends here. Consumes the end mark. */
  abstract closeList(): boolean;
  /** The kind of the next item. A message needs no finer distinction. */
  abstract peek(): 'list' | 'dict' | 'other';
  /** Decodes the next item, with at most `depth` nested levels. */
  abstract read(depth: number): unknown;
  /** Checks the next item as {@link read} would, without decoding it. */
  abstract skip(depth: number): void;

  /** Skips `length` bytes and returns the offset of the first. */
  protected take(length: number): number {
    const start = this.#at;
    if (start + length > this.bytes.length) throw new RangeError('the frame is cut short');
    this.#at = start + length;
    return start;
  }

  protected byte(): number {
    return this.bytes[this.take(1)] as number;
  }

  /**
   * Skips the next item if it is the format's encoding of an undefined value. As in JSON, a dictionary has no entry for
   * an undefined value. Wampy.js sends options that are not given in this way.
   */
  protected passOver(undefinedValue: readonly number[]): boolean {
    const isNext = undefinedValue.every((byte, index) => this.bytes[this.#at + index] === byte);
    if (isNext) this.take(undefinedValue.length);
    return isNext;
  }

  protected binary(length: number): Uint8Array {
    const start = this.take(length);
    return new Uint8Array(this.bytes.buffer, this.bytes.byteOffset + start, length);
  }

  protected text(length: number): string {
    const start = this.take(length);
    if (this.#checkText(start, length)) return this.bytes.toString('latin1', start, start + length);
    return this.bytes.toString('utf8', start, start + length);
  }

  protected skipText(length: number): void {
    this.#checkText(this.take(length), length);
  }

  /** Returns the depth limit of the next level. Throws if the limit is reached. */
  protected deeper(depth: number): number {
    if (depth === 0) throw new RangeError('too many levels');
    return depth - 1;
  }

  /** Whether text is known to be ASCII. Throws if it is not UTF-8. */
  #checkText(start: number, length: number): boolean {
    if (length <= SHORT_TEXT && this.#isAscii(start, start + length)) return true;
    if (!isUtf8(this.bytes.subarray(start, start + length))) throw new TypeError('a string is not UTF-8');
    return false;
  }

  #isAscii(start: number, end: number): boolean {
    for (let index = start; index < end; index++) {
      if ((this.bytes[index] as number) > 0x7f) return false;
    }
    return true;
  }
}

/** Adds a pair to a dictionary that is being decoded. `__proto__` is a key like any other. */
export function put(dict: Record<string, unknown>, key: string, value: unknown): void {
  if (key !== '__proto__') dict[key] = value;
  else Object.defineProperty(dict, key, { value, enumerable: true, configurable: true, writable: true });
}
