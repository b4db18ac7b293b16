/**
 * The parts that only the other packages of pgwamp use: JSON text, framing and sockets. They may change in any version.
 *
 * @packageDocumentation
 */
export { addressOf, CorkedSocket, peerOf } from './corked-socket.ts';
export { ChunkQueue } from './framing/chunk-queue.ts';
export {
  FrameType,
  LONGEST_MESSAGE,
  PREFIX_SIZE,
  RawSocketReader,
  rawSocketFrame,
  rawSocketFraming,
} from './framing/rawsocket-framing.ts';
export {
  acceptance,
  awaitHandshake,
  HANDSHAKE_SIZE,
  HandshakeError,
  type HandshakeRequest,
  handshakeRequest,
  readAnswer,
  readHandshake,
  refusal,
} from './framing/rawsocket-handshake.ts';
export { type Batching, type Subprotocol, subprotocolNamed, subprotocolsOf } from './framing/subprotocol.ts';
export { binaryWebsocketFraming, websocketFraming } from './framing/websocket-framing.ts';
export { type MessageReceiver, type ReadTerms, readMessages } from './framing/websocket-reader.ts';
export { Heartbeat, type HeartbeatTarget, type HeartbeatTimes, progressOf } from './heartbeat.ts';
export { type JsonFault, jsonFault } from './json/check.ts';
export { isRawJSON, losesDigits, parseLossless, parseValues, stringifyLossless } from './json/lossless.ts';
export { commasOf, endOfBrackets, endOfString, isDeeperThan, offsetOfElement } from './json/scan.ts';
export { BinarySerializer } from './serializers/binary-serializer.ts';
export { constantDict } from './serializers/json.ts';
export { detach, textOf } from './serializers/serializer.ts';
