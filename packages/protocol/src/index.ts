/**
 * WAMP on the wire: messages, ids, URIs, serializers and framing, once for router and components.
 *
 * @packageDocumentation
 */
export * from './close-code.ts';
export * from './corked-socket.ts';
export * from './errors.ts';
export * from './frame-socket.ts';
export * from './framing/chunk-queue.ts';
export * from './framing/frame.ts';
export * from './framing/packing.ts';
export * from './framing/rawsocket-framing.ts';
export * from './framing/rawsocket-handshake.ts';
export * from './framing/rawsocket-reader.ts';
export * from './framing/websocket-framing.ts';
export * from './heartbeat.ts';
export * from './ids.ts';
export * from './message.ts';
export * from './message-type.ts';
export * from './serializers/bignum.ts';
export * from './serializers/binary-reader.ts';
export * from './serializers/binary-serializer.ts';
export * from './serializers/binary-writer.ts';
export * from './serializers/cbor.ts';
export * from './serializers/cbor-reader.ts';
export * from './serializers/cbor-writer.ts';
export * from './serializers/detach.ts';
export * from './serializers/half-float.ts';
export * from './serializers/integer.ts';
export * from './serializers/json.ts';
export * from './serializers/json-scan.ts';
export * from './serializers/json-values.ts';
export * from './serializers/msgpack.ts';
export * from './serializers/msgpack-reader.ts';
export * from './serializers/msgpack-writer.ts';
export * from './serializers/serializer.ts';
export * from './serializers/serializers.ts';
export * from './serializers/values-payload.ts';
export * from './shapes.ts';
export * from './shown.ts';
export * from './uris.ts';
