import { BinarySerializer } from './binary-serializer.ts';
import { CborReader } from './cbor-reader.ts';
import { CborWriter } from './cbor-writer.ts';
import { json } from './json.ts';
import { MsgpackReader } from './msgpack-reader.ts';
import { MsgpackWriter } from './msgpack-writer.ts';
import type { Serializer, SerializerName } from './serializer.ts';

/** @see https://wamp-proto.org/wamp_latest_ietf.html#name-serializers */
export const msgpack = new BinarySerializer({ name: 'msgpack', Reader: MsgpackReader, Writer: MsgpackWriter });

/** @see https://wamp-proto.org/wamp_latest_ietf.html#name-serializers */
export const cbor = new BinarySerializer({ name: 'cbor', Reader: CborReader, Writer: CborWriter });

const SERIALIZERS: Readonly<Record<SerializerName, Serializer>> = { json, msgpack, cbor };

/**
 * Returns the serializers with the given names, in the same order. Without names, returns all.
 *
 * @example
 * ```ts
 * serializersNamed(['cbor', 'json']).map(({ subprotocol }) => subprotocol); // [ 'wamp.2.cbor', 'wamp.2.json' ]
 * ```
 */
export function serializersNamed(
  names: readonly SerializerName[] = ['json', 'msgpack', 'cbor'],
): readonly Serializer[] {
  return names.map((name) => SERIALIZERS[name]);
}
