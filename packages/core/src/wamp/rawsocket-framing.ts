/** What a RawSocket carries. */
export type FrameType = 'message' | 'ping' | 'pong';

/** The first four bytes of a frame. */
export interface FrameHeader {
  readonly type: FrameType | undefined;
  /** Bytes that follow. */
  readonly length: number;
}

const magic = 0x7f;
const json = 1;
const types: readonly FrameType[] = ['message', 'ping', 'pong'];

/** The smallest length that the handshake can name, as a power of two. */
const smallestExponent = 9;

const refusals: Readonly<Record<number, string>> = {
  1: 'it does not speak JSON',
  2: 'it does not take messages of that length',
  3: 'it does not know the reserved bits',
  4: 'it has too many connections',
};

/**
 * What a client says first: JSON, and the longest message that it takes, rounded up to a power of two.
 *
 * @see https://wamp-proto.org/wamp_latest_ietf.html#name-rawsocket-transport
 */
export function requestHandshake(maxMessageSize: number): Uint8Array {
  const exponent = Math.ceil(Math.log2(maxMessageSize)) - smallestExponent;
  return Uint8Array.of(magic, (Math.min(exponent, 15) << 4) | json, 0, 0);
}

/**
 * The longest message that a router takes, by its answer.
 *
 * @throws Error if the answer is a refusal, or none.
 */
export function routerLimit(answer: Uint8Array): number {
  const [first, second = 0] = answer;
  if (first !== magic) throw new Error('it does not speak RawSocket');
  const serializer = second & 0x0f;
  if (serializer === json) return Math.min(2 ** (smallestExponent + (second >> 4)), 2 ** 24 - 1);
  throw new Error(`the router refused: ${refusals[second >> 4] ?? `error ${second >> 4}`}`);
}

/** A frame with its header. */
export function frameOf(type: FrameType, content: string | Uint8Array): Buffer {
  const length = Buffer.byteLength(content);
  const frame = Buffer.allocUnsafe(4 + length);
  frame.writeUInt32BE(types.indexOf(type) * 2 ** 24 + length);
  if (typeof content === 'string') frame.write(content, 4);
  else frame.set(content, 4);
  return frame;
}

export function headerOf(bytes: Buffer): FrameHeader {
  return { type: types[bytes[0] ?? types.length], length: bytes.readUIntBE(1, 3) };
}
