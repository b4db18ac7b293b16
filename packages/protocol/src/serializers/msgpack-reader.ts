import { integerFrom } from '../integers.ts';
import { BinaryReader, put } from './binary-reader.ts';

// MessagePack has no undefined value. The JavaScript libraries use an extension of type 0 for it.
const UNDEFINED = [0xd4, 0x00, 0x00];

/**
 * A reader of MessagePack. WAMP does not use extension types: they reach other MessagePack peers unchanged, and other
 * peers receive their bytes.
 *
 * @see https://github.com/msgpack/msgpack/blob/master/spec.md
 */
export class MsgpackReader extends BinaryReader {
  openList(): number {
    const code = this.byte();
    if (code >= 0x90 && code < 0xa0) return code & 0x0f;
    if (code === 0xdc || code === 0xdd) return this.#length(code - 0xdb);
    throw new TypeError('not a list');
  }

  closeList(): boolean {
    return false;
  }

  peek(): 'list' | 'dict' | 'other' {
    const code = this.bytes[this.at] ?? 0;
    if ((code & 0xf0) === 0x90 || code === 0xdc || code === 0xdd) return 'list';
    return (code & 0xf0) === 0x80 || code === 0xde || code === 0xdf ? 'dict' : 'other';
  }

  read(depth: number): unknown {
    const code = this.byte();
    if (code < 0x80) return code;
    if (code >= 0xe0) return code - 0x100;
    if (code < 0x90) return this.#dict(code & 0x0f, depth);
    if (code < 0xa0) return this.#list(code & 0x0f, depth);
    if (code < 0xc0) return this.text(code & 0x1f);
    if (code >= 0xd9) return this.#long(code, depth);
    return code < 0xca ? this.#simple(code) : this.#number(code);
  }

  skip(depth: number): void {
    const code = this.byte();
    if (code < 0x80 || code >= 0xe0) return;
    if (code < 0x90) this.#skipDict(code & 0x0f, depth);
    else if (code < 0xa0) this.#skipList(code & 0x0f, depth);
    else if (code < 0xc0) this.skipText(code & 0x1f);
    else if (code < 0xca) this.#simple(code);
    else if (code < 0xd9) this.#number(code);
    else if (code < 0xdc) this.skipText(this.#length(code - 0xd9));
    else if (code < 0xde) this.#skipList(this.#length(code - 0xdb), depth);
    else this.#skipDict(this.#length(code - 0xdd), depth);
  }

  /** Reads a length of 1, 2 or 4 bytes, for `power` 0, 1 or 2. */
  #length(power: number): number {
    return this.bytes.readUIntBE(this.take(1 << power), 1 << power);
  }

  /** `nil`, booleans, `bin` and `ext`. */
  #simple(code: number): unknown {
    if (code === 0xc0) return null;
    if (code === 0xc2 || code === 0xc3) return code === 0xc3;
    if (code === 0xc1) throw new TypeError('0xc1 is no MessagePack');
    if (code < 0xc7) return this.binary(this.#length(code - 0xc4));
    return this.#extension(this.#length(code - 0xc7));
  }

  #extension(length: number): Uint8Array {
    // The type of the extension is skipped, because it has no meaning in WAMP.
    this.take(1);
    return this.binary(length);
  }

  /** Floats, integers and `fixext`. The codes of `fixext` follow those of the integers. */
  #number(code: number): unknown {
    const { bytes } = this;
    if (code === 0xca) return bytes.readFloatBE(this.take(4));
    if (code === 0xcb) return bytes.readDoubleBE(this.take(8));
    if (code < 0xcf) return this.#length(code - 0xcc);
    if (code === 0xcf) return integerFrom(bytes.readBigUInt64BE(this.take(8)));
    if (code < 0xd3) return bytes.readIntBE(this.take(1 << (code - 0xd0)), 1 << (code - 0xd0));
    if (code === 0xd3) return integerFrom(bytes.readBigInt64BE(this.take(8)));
    return this.#extension(1 << (code - 0xd4));
  }

  /** Strings, lists and dictionaries whose length follows the code. */
  #long(code: number, depth: number): unknown {
    if (code < 0xdc) return this.text(this.#length(code - 0xd9));
    if (code < 0xde) return this.#list(this.#length(code - 0xdb), depth);
    return this.#dict(this.#length(code - 0xdd), depth);
  }

  #list(length: number, depth: number): unknown[] {
    const below = this.deeper(depth);
    const list: unknown[] = [];
    for (let index = 0; index < length; index++) list.push(this.read(below));
    return list;
  }

  #dict(length: number, depth: number): Record<string, unknown> {
    const below = this.deeper(depth);
    const dict: Record<string, unknown> = {};
    for (let index = 0; index < length; index++) {
      const key = String(this.#key());
      if (!this.passOver(UNDEFINED)) put(dict, key, this.read(below));
    }
    return dict;
  }

  #skipList(length: number, depth: number): void {
    const below = this.deeper(depth);
    for (let index = 0; index < length; index++) this.skip(below);
  }

  #skipDict(length: number, depth: number): void {
    const below = this.deeper(depth);
    for (let index = 0; index < length; index++) {
      this.skip(0);
      this.skip(below);
    }
  }

  /** The depth 0 prevents a list or a dictionary as a key. */
  #key(): unknown {
    return this.read(0);
  }
}
