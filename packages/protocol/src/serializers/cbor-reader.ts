import { integerFrom, withoutTag } from '../integers.ts';
import { BinaryReader, put } from './binary-reader.ts';

const Major = { UNSIGNED: 0, NEGATIVE: 1, BYTES: 2, TEXT: 3, LIST: 4, DICT: 5, TAG: 6, SIMPLE: 7 } as const;
const BREAK = 0xff;
const UNDEFINED = [0xf7];
/** The length of an item that an end mark ends. */
const OPEN = -1;

/**
 * A reader of CBOR. It understands only the tags of big integers. It ignores any other tag and returns the tagged item
 * alone: no tag refers to another item or has side effects.
 *
 * @see https://www.rfc-editor.org/rfc/rfc8949.html
 */
export class CborReader extends BinaryReader {
  openList(): number {
    const initial = this.byte();
    if (initial >> 5 !== Major.LIST) throw new TypeError('not a list');
    return this.#length(initial);
  }

  closeList(): boolean {
    const isEnd = this.bytes[this.at] === BREAK;
    if (isEnd) this.take(1);
    return isEnd;
  }

  peek(): 'list' | 'dict' | 'other' {
    const major = (this.bytes[this.at] ?? 0) >> 5;
    if (major === Major.LIST) return 'list';
    return major === Major.DICT ? 'dict' : 'other';
  }

  read(depth: number): unknown {
    const initial = this.byte();
    switch (initial >> 5) {
      case Major.UNSIGNED:
        return this.#unsigned(initial);
      case Major.NEGATIVE:
        return this.#negative(initial);
      case Major.BYTES:
        return this.#bytes(initial);
      case Major.TEXT:
        return this.#text(initial);
      case Major.LIST:
        return this.#list(this.#length(initial), depth);
      case Major.DICT:
        return this.#dict(this.#length(initial), depth);
      case Major.TAG:
        return withoutTag(this.#unsigned(initial), this.read(this.deeper(depth)));
      default:
        return this.#simple(initial);
    }
  }

  skip(depth: number): void {
    const initial = this.byte();
    const major = initial >> 5;
    if (major <= Major.NEGATIVE) this.#unsigned(initial);
    else if (major === Major.BYTES) this.#bytes(initial);
    else if (major === Major.TEXT) this.#skipText(initial);
    else if (major === Major.LIST) this.#skipItems(this.#length(initial), depth, false);
    else if (major === Major.DICT) this.#skipItems(this.#length(initial), depth, true);
    else if (major === Major.SIMPLE) this.#simple(initial);
    else {
      this.#unsigned(initial);
      this.skip(this.deeper(depth));
    }
  }

  #unsigned(initial: number): number | bigint {
    const info = initial & 0x1f;
    if (info < 24) return info;
    if (info > 27) throw new TypeError('no integer has this form');
    if (info === 27) return integerFrom(this.bytes.readBigUInt64BE(this.take(8)));
    return this.bytes.readUIntBE(this.take(1 << (info - 24)), 1 << (info - 24));
  }

  #negative(initial: number): number | bigint {
    const value = this.#unsigned(initial);
    // This subtracts bigints, because a number cannot represent -1 - 2^53.
    return typeof value === 'number' && value < 2 ** 53 ? -1 - value : integerFrom(-1n - BigInt(value));
  }

  #length(initial: number): number {
    return (initial & 0x1f) === 0x1f ? OPEN : Number(this.#unsigned(initial));
  }

  #bytes(initial: number): Uint8Array {
    const length = this.#length(initial);
    if (length !== OPEN) return this.binary(length);
    const chunks: Uint8Array[] = [];
    while (!this.closeList()) chunks.push(this.binary(this.#chunk(Major.BYTES)));
    return new Uint8Array(Buffer.concat(chunks));
  }

  #text(initial: number): string {
    const length = this.#length(initial);
    if (length !== OPEN) return this.text(length);
    let text = '';
    while (!this.closeList()) text += this.text(this.#chunk(Major.TEXT));
    return text;
  }

  #skipText(initial: number): void {
    const length = this.#length(initial);
    if (length !== OPEN) this.skipText(length);
    else while (!this.closeList()) this.skipText(this.#chunk(Major.TEXT));
  }

  /** Reads the length of one chunk of a string of unknown length. */
  #chunk(major: number): number {
    const initial = this.byte();
    const length = this.#length(initial);
    if (initial >> 5 !== major || length === OPEN) throw new TypeError('not a piece of the string');
    return length;
  }

  #list(length: number, depth: number): unknown[] {
    const below = this.deeper(depth);
    const list: unknown[] = [];
    for (let index = 0; this.#goesOn(index, length); index++) list.push(this.read(below));
    return list;
  }

  #dict(length: number, depth: number): Record<string, unknown> {
    const below = this.deeper(depth);
    const dict: Record<string, unknown> = {};
    for (let index = 0; this.#goesOn(index, length); index++) {
      // A list or a dictionary cannot be a key: it would be one level too many.
      const key = String(this.read(0));
      if (!this.passOver(UNDEFINED)) put(dict, key, this.read(below));
    }
    return dict;
  }

  #skipItems(length: number, depth: number, inPairs: boolean): void {
    const below = this.deeper(depth);
    for (let index = 0; this.#goesOn(index, length); index++) {
      if (inPairs) this.skip(0);
      this.skip(below);
    }
  }

  #goesOn(index: number, length: number): boolean {
    return length === OPEN ? !this.closeList() : index < length;
  }

  /** Booleans, null, undefined and floats. */
  #simple(initial: number): unknown {
    const { bytes } = this;
    if (initial === 0xf9) return halfFloat(bytes.readUInt16BE(this.take(2)));
    if (initial === 0xfa) return bytes.readFloatBE(this.take(4));
    if (initial === 0xfb) return bytes.readDoubleBE(this.take(8));
    if (initial === 0xf4 || initial === 0xf5) return initial === 0xf5;
    if (initial === 0xf6 || initial === 0xf7) return null;
    throw new TypeError('an unknown simple value');
  }
}

/** @see https://www.rfc-editor.org/rfc/rfc8949.html#section-3.3 */
function halfFloat(bits: number): number {
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  const sign = bits & 0x8000 ? -1 : 1;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1024 + fraction) * 2 ** (exponent - 25);
}
