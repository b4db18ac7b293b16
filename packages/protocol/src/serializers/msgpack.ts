import { BinarySerializer } from './binary-serializer.ts';
import { MsgpackReader } from './msgpack-reader.ts';
import { MsgpackWriter } from './msgpack-writer.ts';

/** @see https://wamp-proto.org/wamp_latest_ietf.html#name-serializers */
export const msgpack = new BinarySerializer({ name: 'msgpack', Reader: MsgpackReader, Writer: MsgpackWriter });
