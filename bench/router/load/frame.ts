import { encode, type Format } from './encode.ts';

// Not zero, or `ws` would have nothing to unmask, as it has with no real client.
const MASK = Buffer.of(0x37, 0xfa, 0x21, 0x3d);

/** A WebSocket frame as a client sends it. */
export function frame(format: Format, message: Parameters<typeof encode>[1]): Buffer {
  const payload = encode(format, message);
  for (let index = 0; index < payload.length; index++) payload[index] = (payload[index] ?? 0) ^ (MASK[index & 3] ?? 0);
  const opcode = format === 'json' ? 0x81 : 0x82;
  if (payload.length < 126) return Buffer.concat([Buffer.of(opcode, 0x80 | payload.length), MASK, payload]);
  return Buffer.concat([Buffer.of(opcode, 0xfe, payload.length >> 8, payload.length & 255), MASK, payload]);
}

/** Many frames in one buffer, so that any run of them is one write without a copy. */
export class Frames {
  readonly #bytes: Buffer;
  readonly #ends: Uint32Array;

  /** @param make - the message number 1, 2, 3, … */
  constructor(count: number, format: Format, make: (number: number) => Parameters<typeof encode>[1]) {
    const frames = Array.from({ length: count }, (_, index) => frame(format, make(index + 1)));
    this.#bytes = Buffer.concat(frames);
    this.#ends = new Uint32Array(count + 1);
    for (const [index, { length }] of frames.entries()) this.#ends[index + 1] = (this.#ends[index] ?? 0) + length;
  }

  /** The frames from one number, from 0 on, to another, that one not included. */
  slice(from: number, to: number): Buffer {
    return this.#bytes.subarray(this.#ends[from], this.#ends[Math.min(to, this.#ends.length - 1)]);
  }
}
