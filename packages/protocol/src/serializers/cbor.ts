import { BinarySerializer } from './binary-serializer.ts';
import { CborReader } from './cbor-reader.ts';
import { CborWriter } from './cbor-writer.ts';

/** @see https://wamp-proto.org/wamp_latest_ietf.html#name-serializers */
export const cbor = new BinarySerializer({ name: 'cbor', Reader: CborReader, Writer: CborWriter });
