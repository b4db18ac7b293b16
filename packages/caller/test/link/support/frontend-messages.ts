/** A message of a client. */
export function frontend(type: string, ...parts: readonly (string | Uint8Array)[]): Buffer {
  return Buffer.concat([Buffer.from(type, 'latin1'), packet(...parts)]);
}

/** A packet without a type, as a connection begins with. */
export function packet(...parts: readonly (string | Uint8Array)[]): Buffer {
  const content = Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part)));
  return Buffer.concat([int32(content.length + 4), content]);
}

export function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

export const sslRequest = packet(int32(80877103));
export const gssRequest = packet(int32(80877104));
export const cancelRequest = packet(int32(80877102), int32(4711), int32(4711));

/** StartupMessage, by version 3.0 unless something else is said. */
export function startup(
  parameters: Readonly<Record<string, string>> = { user: 'crossbar', database: 'realm1' },
  version = 3 << 16,
): Buffer {
  const pairs = Object.entries(parameters).map(([name, value]) => `${name}\0${value}\0`);
  return packet(int32(version), ...pairs, '\0');
}

/** SASLInitialResponse. */
export function saslInitial(data: string, mechanism = 'SCRAM-SHA-256'): Buffer {
  return frontend('p', `${mechanism}\0`, int32(Buffer.byteLength(data)), data);
}

/** A query by the simple protocol. */
export function query(text: string): Buffer {
  return frontend('Q', `${text}\0`);
}
