import type { Socket } from 'node:net';
import type { SerializerName } from '../serializers/serializer.ts';

/** Size of the handshake request and of the reply, in bytes. */
export const HANDSHAKE_SIZE = 4;
const MAGIC = 0x7f;
const SMALLEST_EXPONENT = 9;
const LARGEST_LENGTH = 15;

/** Error codes of a refused handshake, as the protocol defines them. */
export const HandshakeError = {
  SERIALIZER_UNSUPPORTED: 1,
  LENGTH_UNACCEPTABLE: 2,
  RESERVED_BITS: 3,
  NO_ROOM: 4,
} as const;

/** The serializers, indexed by their number in the protocol. */
const SERIALIZER_NUMBERS: readonly (SerializerName | undefined)[] = [undefined, 'json', 'msgpack', 'cbor'];

/** The handshake request of a client. */
export interface HandshakeRequest {
  /** `undefined` if the number stands for no known serializer. */
  readonly serializer: SerializerName | undefined;
  /** The size limit of messages that the client accepts, in bytes. */
  readonly maxLength: number;
  readonly usesReservedBits: boolean;
}

/**
 * Decodes the request in the first bytes of a connection. Returns `undefined` if the client speaks another protocol.
 */
export function readHandshake(bytes: Buffer): HandshakeRequest | undefined {
  const terms = bytes[1] ?? 0;
  if (bytes[0] !== MAGIC) return undefined;
  return {
    serializer: SERIALIZER_NUMBERS[terms & 0x0f],
    maxLength: lengthOf(terms),
    usesReservedBits: bytes[2] !== 0 || bytes[3] !== 0,
  };
}

/** The size limit of messages, encoded in the upper half of the second byte. */
function lengthOf(terms: number): number {
  return 2 ** (SMALLEST_EXPONENT + (terms >> 4));
}

function terms(serializer: SerializerName, exponent: number): Uint8Array {
  const length = Math.min(Math.max(exponent - SMALLEST_EXPONENT, 0), LARGEST_LENGTH);
  return Uint8Array.of(MAGIC, (length << 4) | SERIALIZER_NUMBERS.indexOf(serializer), 0, 0);
}

/**
 * The request of a client: its serializer and its size limit of received messages, rounded up to a power of two.
 *
 * @see https://wamp-proto.org/wamp_latest_ietf.html#name-rawsocket-transport
 */
export function handshakeRequest(serializer: SerializerName, maxLength: number): Uint8Array {
  return terms(serializer, Math.ceil(Math.log2(maxLength)));
}

/** The reply that accepts. It contains the router's size limit of messages, rounded down to a power of two. */
export function acceptance(serializer: SerializerName, maxLength: number): Uint8Array {
  return terms(serializer, Math.floor(Math.log2(maxLength)));
}

/** The reply that refuses. */
export function refusal(error: number): Uint8Array {
  return Uint8Array.of(MAGIC, error << 4, 0, 0);
}

const REFUSALS: Readonly<Record<number, string>> = {
  [HandshakeError.SERIALIZER_UNSUPPORTED]: 'it does not speak this serializer',
  [HandshakeError.LENGTH_UNACCEPTABLE]: 'it does not take messages of that length',
  [HandshakeError.RESERVED_BITS]: 'it does not know the reserved bits',
  [HandshakeError.NO_ROOM]: 'it has too many connections',
};

/**
 * Decodes the router's reply to a request for a serializer, and returns the router's size limit of messages.
 *
 * @throws Error if the router refused, or if its reply is malformed
 */
export function readAnswer(answer: Uint8Array, serializer: SerializerName): number {
  const [first, second = 0] = answer;
  if (first !== MAGIC) throw new Error('it does not speak RawSocket');
  const number = second & 0x0f;
  if (number === 0)
    throw new Error(`the router refused ${serializer}: ${REFUSALS[second >> 4] ?? `error ${second >> 4}`}`);
  if (SERIALIZER_NUMBERS[number] !== serializer) throw new Error('it answered with another serializer');
  return lengthOf(second);
}

/**
 * Waits for the handshake request of a new connection, then calls `use` with the request and the bytes received after
 * it. Disconnects a client that does not send the request within `timeout` milliseconds.
 */
export function awaitHandshake(socket: Socket, timeout: number, use: (request: Buffer, rest: Buffer) => void): void {
  const timer = setTimeout(() => socket.destroy(), timeout);
  let received = Buffer.alloc(0);
  const receive = (chunk: Buffer) => {
    received = Buffer.concat([received, chunk]);
    if (received.length < HANDSHAKE_SIZE) return;
    clearTimeout(timer);
    socket.off('data', receive);
    use(received.subarray(0, HANDSHAKE_SIZE), received.subarray(HANDSHAKE_SIZE));
  };
  socket.on('data', receive);
  socket.once('close', () => clearTimeout(timer));
}
