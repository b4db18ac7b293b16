import { BinaryWriter } from './binary-writer.ts';

const BITS_32 = 2 ** 32;
const LARGEST = 2n ** 64n;

/**
 * A writer of CBOR. It always uses the shortest form, except for floats, which keep all their bits.
 *
 * @see https://www.rfc-editor.org/rfc/rfc8949.html
 */
export class CborWriter extends BinaryWriter {
  list(length: number): void {
    this.#head(0x80, length);
  }

  protected dict(length: number): void {
    this.#head(0xa0, length);
  }

  protected null(): void {
    this.byte(0xf6);
  }

  protected boolean(value: boolean): void {
    this.byte(value ? 0xf5 : 0xf4);
  }

  protected integer(value: number): void {
    if (value >= 0) this.#head(0x00, value);
    else this.#head(0x20, -1 - value);
  }

  protected bigInteger(value: bigint): void {
    const magnitude = value < 0n ? -1n - value : value;
    if (magnitude >= LARGEST) this.#bignum(value < 0n ? 0xc3 : 0xc2, magnitude);
    else {
      const at = this.room(9);
      this.bytes[at] = value < 0n ? 0x3b : 0x1b;
      this.bytes.writeBigUInt64BE(magnitude, at + 1);
    }
  }

  protected float(value: number): void {
    const at = this.room(9);
    this.bytes[at] = 0xfb;
    this.bytes.writeDoubleBE(value, at + 1);
  }

  protected textHead(length: number): void {
    this.#head(0x60, length);
  }

  protected bytesHead(length: number): void {
    this.#head(0x40, length);
  }

  /** @see https://www.rfc-editor.org/rfc/rfc8949.html#section-3.4.3 */
  #bignum(tag: number, magnitude: bigint): void {
    const digits = magnitude.toString(16);
    this.byte(tag);
    this.value(Buffer.from(digits.length % 2 === 1 ? `0${digits}` : digits, 'hex'));
  }

  #head(major: number, value: number): void {
    if (value < 24) this.byte(major | value);
    else if (value < 0x100) this.#sized(major | 24, 1, value);
    else if (value < 0x1_0000) this.#sized(major | 25, 2, value);
    else if (value < BITS_32) this.#sized(major | 26, 4, value);
    else {
      const at = this.room(9);
      this.bytes[at] = major | 27;
      this.bytes.writeUInt32BE(Math.floor(value / BITS_32), at + 1);
      this.bytes.writeUInt32BE(value % BITS_32, at + 5);
    }
  }

  #sized(initial: number, size: number, value: number): void {
    const at = this.room(1 + size);
    this.bytes[at] = initial;
    this.bytes.writeUIntBE(value, at + 1, size);
  }
}
