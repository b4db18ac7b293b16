import { BinaryWriter } from './binary-writer.ts';

const BITS_32 = 2 ** 32;

/**
 * A writer of MessagePack. It always uses the shortest form.
 *
 * @see https://github.com/msgpack/msgpack/blob/master/spec.md
 */
export class MsgpackWriter extends BinaryWriter {
  list(length: number): void {
    if (length < 16) this.byte(0x90 | length);
    else this.#sized(length < 0x1_0000 ? 0xdc : 0xdd, length < 0x1_0000 ? 2 : 4, length);
  }

  protected dict(length: number): void {
    if (length < 16) this.byte(0x80 | length);
    else this.#sized(length < 0x1_0000 ? 0xde : 0xdf, length < 0x1_0000 ? 2 : 4, length);
  }

  protected null(): void {
    this.byte(0xc0);
  }

  protected boolean(value: boolean): void {
    this.byte(value ? 0xc3 : 0xc2);
  }

  protected integer(value: number): void {
    if (value < 0) this.#negative(value);
    else if (value < 0x80) this.byte(value);
    else if (value < 0x100) this.#sized(0xcc, 1, value);
    else if (value < 0x1_0000) this.#sized(0xcd, 2, value);
    else if (value < BITS_32) this.#sized(0xce, 4, value);
    else {
      const at = this.room(9);
      this.bytes[at] = 0xcf;
      this.bytes.writeUInt32BE(Math.floor(value / BITS_32), at + 1);
      this.bytes.writeUInt32BE(value % BITS_32, at + 5);
    }
  }

  protected bigInteger(value: bigint): void {
    if (BigInt.asIntN(64, value) === value) this.#int64(value);
    else if (BigInt.asUintN(64, value) === value) this.#uint64(value);
    // MessagePack has no integers of more than 64 bits.
    else this.float(Number(value));
  }

  protected float(value: number): void {
    const at = this.#marked(0xcb);
    this.bytes.writeDoubleBE(value, at);
  }

  protected textHead(length: number): void {
    if (length < 32) this.byte(0xa0 | length);
    else this.#lengthHead(0xd9, length);
  }

  protected bytesHead(length: number): void {
    this.#lengthHead(0xc4, length);
  }

  #lengthHead(code: number, length: number): void {
    if (length < 0x100) this.#sized(code, 1, length);
    else if (length < 0x1_0000) this.#sized(code + 1, 2, length);
    else this.#sized(code + 2, 4, length);
  }

  #negative(value: number): void {
    if (value >= -32) this.byte(0x100 + value);
    else if (value >= -0x80) this.#signed(0xd0, 1, value);
    else if (value >= -0x8000) this.#signed(0xd1, 2, value);
    else if (value >= -0x8000_0000) this.#signed(0xd2, 4, value);
    else this.#int64(BigInt(value));
  }

  #int64(value: bigint): void {
    const at = this.#marked(0xd3);
    this.bytes.writeBigInt64BE(value, at);
  }

  #uint64(value: bigint): void {
    const at = this.#marked(0xcf);
    this.bytes.writeBigUInt64BE(value, at);
  }

  /** Writes a code, reserves eight bytes after it, and returns the offset of the first. */
  #marked(code: number): number {
    const at = this.room(9);
    this.bytes[at] = code;
    return at + 1;
  }

  #sized(code: number, size: number, value: number): void {
    const at = this.room(1 + size);
    this.bytes[at] = code;
    this.bytes.writeUIntBE(value, at + 1, size);
  }

  #signed(code: number, size: number, value: number): void {
    const at = this.room(1 + size);
    this.bytes[at] = code;
    this.bytes.writeIntBE(value, at + 1, size);
  }
}
