import type { Framing } from './frame.ts';

const FINAL_TEXT = 0x81;
const FINAL_BINARY = 0x82;

function headerLength(length: number): number {
  if (length < 126) return 2;
  return length < 65_536 ? 4 : 10;
}

/** Encodes texts. */
export const websocketFraming = framingOf(FINAL_TEXT);

/** Encodes binary messages. */
export const binaryWebsocketFraming = framingOf(FINAL_BINARY);

/**
 * Encodes a WebSocket message in one piece. `ws` would write header and payload separately for each receiver. It is a
 * frame that a server may send without extensions: unmasked and not fragmented.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6455#section-5.2
 */
function framingOf(first: number): Framing {
  return {
    sizeOf(content) {
      const length = typeof content === 'string' ? Buffer.byteLength(content) : content.length;
      return headerLength(length) + length;
    },

    write(content, into, at, size) {
      // The inverse of `headerLength`: by the size with the header.
      const header = size < 128 ? 2 : size < 65_540 ? 4 : 10;
      const length = size - header;
      into[at] = first;
      into[at + 1] = header === 2 ? length : header === 4 ? 126 : 127;
      if (header === 4) into.writeUInt16BE(length, at + 2);
      if (header === 10) into.writeBigUInt64BE(BigInt(length), at + 2);
      if (typeof content === 'string') into.write(content, at + header);
      else into.set(content, at + header);
    },
  };
}
