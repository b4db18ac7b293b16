import { cbor } from './cbor.ts';
import { json } from './json.ts';
import { msgpack } from './msgpack.ts';
import type { Serializer } from './serializer.ts';

const SERIALIZERS = { json, msgpack, cbor } as const;

/** The serializers of those names, in their order; all if none is named. */
export function serializersNamed(
  names: readonly (keyof typeof SERIALIZERS)[] = ['json', 'msgpack', 'cbor'],
): readonly Serializer[] {
  return names.map((name) => SERIALIZERS[name]);
}
