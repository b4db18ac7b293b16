import { protocolViolation } from './link-fault.ts';

/** The first packet of a connection. */
export type StartupPacket =
  | { readonly kind: 'tls' | 'gss' | 'cancel' }
  | {
      readonly kind: 'startup';
      /** The minor version of the protocol; the major one is 3. */
      readonly minor: number;
      readonly parameters: ReadonlyMap<string, string>;
    };

// These numbers are reserved as protocol versions that do not exist.
const requests: Readonly<Record<number, 'tls' | 'gss' | 'cancel'>> = {
  80877102: 'cancel',
  80877103: 'tls',
  80877104: 'gss',
};

/**
 * Parses the content of a startup packet.
 *
 * @throws a fatal `LinkFault` if it is invalid.
 * @see https://www.postgresql.org/docs/current/protocol-message-formats.html
 */
export function readStartupPacket(content: Buffer): StartupPacket {
  if (content.length < 4) throw protocolViolation('invalid length of startup packet');
  const version = content.readInt32BE(0);
  const kind = requests[version];
  if (kind) return { kind };
  if (version >> 16 !== 3)
    throw protocolViolation(`unsupported frontend protocol ${version >> 16}.${version & 0xffff}`);
  return { kind: 'startup', minor: version & 0xffff, parameters: readParameters(content.subarray(4)) };
}

function readParameters(bytes: Buffer): ReadonlyMap<string, string> {
  const parts = bytes.toString('utf8').split('\0');
  // The last value is followed by two zero bytes: its own, and the end of the list.
  if (parts.length % 2 !== 0 || parts.at(-1) !== '' || parts.at(-2) !== '') {
    throw protocolViolation('invalid startup packet layout');
  }
  const parameters = new Map<string, string>();
  for (let index = 0; index < parts.length - 2; index += 2) {
    parameters.set(parts[index] ?? '', parts[index + 1] ?? '');
  }
  return parameters;
}
