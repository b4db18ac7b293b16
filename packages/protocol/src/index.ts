/**
 * The WAMP wire protocol, for routers and clients: messages, ids, URIs and serializers.
 *
 * @packageDocumentation
 * @see https://wamp-proto.org/wamp_latest_ietf.html
 */
export { CloseCode, MessageType } from './codes.ts';
export { ProtocolError, ProtocolViolation } from './errors.ts';
export type { FrameSocket } from './frame-socket.ts';
export { Frame, type Framing } from './framing/frame.ts';
export { FrameFault } from './framing/rawsocket-framing.ts';
export { IdSequence, isId, randomId } from './ids.ts';
export { type Message, type RequestHead, readMessage, type UndoHead } from './message.ts';
export { EMPTY_DICT, json } from './serializers/json.ts';
export {
  type Content,
  type HeadElement,
  NO_PAYLOAD,
  type Payload,
  type Serializer,
  type SerializerName,
  ValuesPayload,
} from './serializers/serializer.ts';
export { cbor, msgpack, serializersNamed } from './serializers/serializers.ts';
export { checkShape, type Dict, isDict } from './shapes.ts';
export { toText } from './to-text.ts';
export { MetaProcedure, MetaTopic, type RouterUri, Uri } from './uris.ts';
