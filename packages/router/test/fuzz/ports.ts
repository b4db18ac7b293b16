import type { TransportOptions } from '../../src/index.ts';

const SERIALIZERS = ['json', 'msgpack', 'cbor'] as const;

type SerializerName = (typeof SERIALIZERS)[number];

/** One way to bring frames to a router: how a connection begins, and how a frame is put on it. */
export interface Port {
  readonly name: string;
  readonly type: 'websocket' | 'rawsocket';
  readonly serializer: SerializerName;
  /** The bytes that a client sends before its first frame. */
  readonly greeting: Buffer;
  wrap(content: Uint8Array): Buffer;
}

function upgradeTo(subprotocol: string): Buffer {
  const lines = [
    'GET /ws HTTP/1.1',
    'Host: localhost',
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    `Sec-WebSocket-Protocol: ${subprotocol}`,
  ];
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`);
}

/** A masked frame of up to 65,535 bytes; the mask is zero, which leaves the content as it is. */
function webSocketFrame(opcode: number, content: Uint8Array): Buffer {
  const header = Buffer.from([0x80 | opcode, 0x80 | 126, 0, 0, 0, 0, 0, 0]);
  header.writeUInt16BE(content.length, 2);
  return Buffer.concat([header, content]);
}

function withLength(content: Uint8Array): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(content.length);
  return Buffer.concat([length, content]);
}

function webSocketPort(serializer: SerializerName): Port {
  const subprotocol = `wamp.2.${serializer}`;
  return {
    name: `WebSocket with ${subprotocol}`,
    type: 'websocket',
    serializer,
    greeting: upgradeTo(subprotocol),
    wrap: (content) => webSocketFrame(serializer === 'json' ? 1 : 2, content),
  };
}

/** The same, with each message packed as a batch of one. */
function batchedPort(serializer: SerializerName): Port {
  const plain = webSocketPort(serializer);
  const pack = (content: Uint8Array) =>
    serializer === 'json' ? Buffer.concat([content, Buffer.from('\x1e')]) : withLength(content);
  return {
    ...plain,
    name: `${plain.name}.batched`,
    greeting: upgradeTo(`wamp.2.${serializer}.batched`),
    wrap: (content) => plain.wrap(pack(content)),
  };
}

function rawSocketPort(serializer: SerializerName): Port {
  return {
    name: `RawSocket with ${serializer}`,
    type: 'rawsocket',
    serializer,
    greeting: Buffer.from([0x7f, 0xf0 | (SERIALIZERS.indexOf(serializer) + 1), 0, 0]),
    wrap: withLength,
  };
}

/** Every way there is. */
export const PORTS: readonly Port[] = SERIALIZERS.flatMap((serializer) => [
  webSocketPort(serializer),
  batchedPort(serializer),
  rawSocketPort(serializer),
]);

/** The options for listening at such a port. */
export function optionsOf({ type }: Port): TransportOptions {
  return { type, endpoint: { type: 'tcp', port: 0 } };
}
