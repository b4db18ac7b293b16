import type { Socket } from 'node:net';

/** Bytes of the request, and of the answer. */
const HANDSHAKE_SIZE = 4;
const MAGIC = 0x7f;
const SMALLEST_EXPONENT = 9;
const LARGEST_LENGTH = 15;

/** Why a handshake is refused, by the protocol's numbers. */
export const HandshakeError = {
  SERIALIZER_UNSUPPORTED: 1,
  LENGTH_UNACCEPTABLE: 2,
  RESERVED_BITS: 3,
  NO_ROOM: 4,
} as const;

/** What a client asks for. */
export interface HandshakeRequest {
  /** The number of the serializer. */
  readonly serializer: number;
  /** The longest message, in bytes, that it wants to receive. */
  readonly maxLength: number;
  readonly usesReservedBits: boolean;
}

/** The request in the first bytes of a connection; `undefined` if another protocol is spoken. */
export function readHandshake(bytes: Buffer): HandshakeRequest | undefined {
  const terms = bytes[1] ?? 0;
  if (bytes[0] !== MAGIC) return undefined;
  return {
    serializer: terms & 0x0f,
    maxLength: 2 ** (SMALLEST_EXPONENT + (terms >> 4)),
    usesReservedBits: bytes[2] !== 0 || bytes[3] !== 0,
  };
}

/** The answer that accepts: the longest message that the router takes, rounded down to what can be said. */
export function acceptance(serializer: number, maxLength: number): Uint8Array {
  const exponent = Math.floor(Math.log2(maxLength)) - SMALLEST_EXPONENT;
  const length = Math.min(Math.max(exponent, 0), LARGEST_LENGTH);
  return Uint8Array.of(MAGIC, (length << 4) | serializer, 0, 0);
}

/** The answer that refuses. */
export function refusal(error: number): Uint8Array {
  return Uint8Array.of(MAGIC, error << 4, 0, 0);
}

/**
 * Waits for the request of a new connection, and gives it with what came behind it. Who does not send it in time is cut
 * off.
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
