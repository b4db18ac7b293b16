/**
 * WAMP on the wire, for routers and clients: messages, ids, URIs and serializers.
 *
 * @packageDocumentation
 * @see https://wamp-proto.org/wamp_latest_ietf.html
 */
export { CloseCode } from './close-code.ts';
export { ProtocolError, ProtocolViolation } from './errors.ts';
export type { FrameSocket } from './frame-socket.ts';
export { Frame, type Framing } from './framing/frame.ts';
export { FrameFault } from './framing/rawsocket-reader.ts';
export { IdSequence, isId, randomId } from './ids.ts';
export { type Message, type RequestHead, readMessage, type UndoHead } from './message.ts';
export { MessageType } from './message-type.ts';
export { json } from './serializers/json.ts';
export { NO_PAYLOAD, ValuesPayload } from './serializers/payload.ts';
export {
  type Content,
  EMPTY_DICT,
  type HeadElement,
  type Payload,
  type Serializer,
  type SerializerName,
} from './serializers/serializer.ts';
export { cbor, msgpack, serializersNamed } from './serializers/serializers.ts';
export { checkShape, type Dict, isDict } from './shapes.ts';
export { toText } from './to-text.ts';
export { MetaProcedure, MetaTopic, type RouterUri, Uri } from './uris.ts';
