import type { Content } from '../serializers/serializer.ts';

/** Bytes in front of every frame. */
export const PREFIX_SIZE = 4;

/** The longest message that the protocol can carry: 2^24 bytes. */
export const LONGEST_MESSAGE = 0x100_0000;

/** What a RawSocket frame is. */
export const FrameType = { MESSAGE: 0, PING: 1, PONG: 2 } as const;

/** A frame with its prefix; the 25th bit of the length is used by the longest message alone. */
export function rawSocketFrame(type: number, content: Content): Buffer {
  const length = typeof content === 'string' ? Buffer.byteLength(content) : content.length;
  const wire = Buffer.allocUnsafe(PREFIX_SIZE + length);
  wire.writeUInt32BE(type * LONGEST_MESSAGE + (length === LONGEST_MESSAGE ? 0x0800_0000 : length));
  if (typeof content === 'string') wire.write(content, PREFIX_SIZE);
  else wire.set(content, PREFIX_SIZE);
  return wire;
}

/**
 * A WAMP message as RawSocket carries it, made once for all receivers.
 *
 * @see https://wamp-proto.org/wamp_latest_ietf.html#name-rawsocket-transport
 */
export function rawSocketFraming(content: Content): Uint8Array {
  return rawSocketFrame(FrameType.MESSAGE, content);
}

/** What a prefix says; `undefined` if it uses bits or types that are reserved. */
export function readPrefix(prefix: Buffer): { readonly type: number; readonly length: number } | undefined {
  const first = prefix[0] ?? 0;
  const type = first & 0x07;
  const length = prefix.readUIntBE(1, 3);
  const isLongest = (first & 0x08) !== 0;
  if (first > 0x0f || type > FrameType.PONG || (isLongest && length > 0)) return undefined;
  return { type, length: isLongest ? LONGEST_MESSAGE : length };
}
