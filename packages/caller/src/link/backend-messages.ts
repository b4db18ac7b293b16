import type { LinkFault } from './link-fault.ts';

const authentication = { ok: 0, sasl: 10, saslContinue: 11, saslFinal: 12 } as const;

/**
 * Creates a message of a server: a letter, the length of the rest, and the content.
 *
 * @see https://www.postgresql.org/docs/current/protocol-message-formats.html
 */
export function message(type: string, ...parts: readonly (string | Uint8Array)[]): Buffer {
  const content = Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part)));
  return Buffer.concat([Buffer.from(type, 'latin1'), int32(content.length + 4), content]);
}

export function int32(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeInt32BE(value);
  return bytes;
}

export function int16(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(2);
  bytes.writeInt16BE(value);
  return bytes;
}

/** The first authentication message, with the offered mechanism. */
export function authenticationSasl(mechanism: string): Buffer {
  return message('R', int32(authentication.sasl), `${mechanism}\0\0`);
}

export function authenticationSaslContinue(data: string): Buffer {
  return message('R', int32(authentication.saslContinue), data);
}

export function authenticationSaslFinal(data: string): Buffer {
  return message('R', int32(authentication.saslFinal), data);
}

export const authenticationOk = message('R', int32(authentication.ok));

/**
 * Reports to a client with a newer protocol that the link speaks version 3.0, and which of the client's options are
 * unknown.
 */
export function negotiateProtocolVersion(options: readonly string[]): Buffer {
  const names = options.map((name) => `${name}\0`).join('');
  return message('v', int32(3 << 16), int32(options.length), names);
}

export function parameterStatus(name: string, value: string): Buffer {
  return message('S', `${name}\0${value}\0`);
}

export function backendKeyData(processId: number, key: number): Buffer {
  return message('K', int32(processId), int32(key));
}

export function commandComplete(tag: string): Buffer {
  return message('C', `${tag}\0`);
}

export const emptyQueryResponse = message('I');

/** Ready for the next query, outside a transaction. */
export const readyForQuery = message('Z', 'I');

/** @see https://www.postgresql.org/docs/current/protocol-error-fields.html */
export function errorResponse({ code, message: text, hint, fatal }: LinkFault): Buffer {
  const severity = fatal ? 'FATAL' : 'ERROR';
  const fields = [`S${severity}`, `V${severity}`, `C${code}`, `M${text}`];
  if (hint !== undefined) fields.push(`H${hint}`);
  // A text that quotes client input may contain the zero byte that ends a field.
  return message('E', ...fields.map((field) => `${field.replaceAll('\0', '')}\0`), '\0');
}
