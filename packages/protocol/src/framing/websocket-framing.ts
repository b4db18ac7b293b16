import type { Content } from '../serializers/serializer.ts';

const FINAL_TEXT = 0x81;
const FINAL_BINARY = 0x82;

function headerLength(length: number): number {
  if (length < 126) return 2;
  return length < 65_536 ? 4 : 10;
}

/** Allocates a buffer for an unmasked, final frame of `length` bytes, and writes the header. */
function allocate(opcode: number, length: number): Buffer {
  const header = headerLength(length);
  const wire = Buffer.allocUnsafe(header + length);
  wire[0] = opcode;
  wire[1] = header === 2 ? length : header === 4 ? 126 : 127;
  if (header === 4) wire.writeUInt16BE(length, 2);
  if (header === 10) wire.writeBigUInt64BE(BigInt(length), 2);
  return wire;
}

/**
 * Encodes a WebSocket message in one piece. `ws` would write header and payload separately for each receiver. This
 * frame is encoded once for all receivers and needs one write for each. It is a frame that a server may send without
 * extensions: unmasked and not fragmented.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6455#section-5.2
 */
export function websocketFraming(content: Content): Uint8Array {
  if (typeof content === 'string') {
    const length = Buffer.byteLength(content);
    const wire = allocate(FINAL_TEXT, length);
    wire.write(content, wire.length - length);
    return wire;
  }
  const wire = allocate(FINAL_BINARY, content.length);
  wire.set(content, wire.length - content.length);
  return wire;
}
