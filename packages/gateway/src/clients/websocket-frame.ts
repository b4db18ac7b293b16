const finalText = 0x81;

/** The bytes of the header of a frame with a payload of `length` bytes. */
export function frameHeaderLength(length: number): number {
  if (length < 126) return 2;
  return length < 65_536 ? 4 : 10;
}

/**
 * Writes the header of a text frame as a server sends it: unmasked, one frame per message.
 *
 * @returns the offset of the payload.
 * @see https://www.rfc-editor.org/rfc/rfc6455#section-5.2
 */
export function writeFrameHeader(buffer: Buffer, offset: number, length: number): number {
  buffer[offset] = finalText;
  if (length < 126) {
    buffer[offset + 1] = length;
    return offset + 2;
  }
  if (length < 65_536) {
    buffer[offset + 1] = 126;
    return buffer.writeUInt16BE(length, offset + 2);
  }
  buffer[offset + 1] = 127;
  return buffer.writeBigUInt64BE(BigInt(length), offset + 2);
}

/** Encodes texts as consecutive text frames. */
export function textFrames(texts: readonly string[]): Buffer {
  const lengths = texts.map((text) => Buffer.byteLength(text));
  const frames = Buffer.allocUnsafe(lengths.reduce((total, length) => total + frameHeaderLength(length) + length, 0));
  let offset = 0;
  texts.forEach((text, index) => {
    offset = writeFrameHeader(frames, offset, lengths[index] as number);
    offset += frames.write(text, offset);
  });
  return frames;
}
