import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createSecureServer, type TlsOptions } from 'node:tls';
import { CloseCode, type Serializer } from '@pgwamp/protocol';
import {
  acceptance,
  awaitHandshake,
  HandshakeError,
  type HandshakeRequest,
  LONGEST_MESSAGE,
  readHandshake,
  refusal,
} from '@pgwamp/protocol/internal';
import { RawSocketTransport } from './rawsocket.ts';
import type { Transport } from './transport.ts';
import type { ResolvedEndpointOptions } from './websocket-endpoint.ts';

/** The additional options of a RawSocket endpoint. */
export interface ResolvedRawSocketOptions extends ResolvedEndpointOptions {
  /** Time limit for the four bytes of the handshake, in milliseconds. */
  readonly handshakeTimeout: number;
}

/** Accepts RawSocket connections of a TCP, TLS or Unix server. */
export class RawSocketEndpoint {
  readonly #options: ResolvedRawSocketOptions;
  readonly #sockets = new Set<Socket>();
  readonly #transports = new Set<Transport>();

  constructor(options: ResolvedRawSocketOptions) {
    this.#options = options;
  }

  /** Destroys the connections in a handshake and closes all others. */
  close(): void {
    for (const socket of this.#sockets) socket.destroy();
    for (const transport of this.#transports) transport.close(CloseCode.GOING_AWAY, 'the listener is closed');
  }

  connect(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    // An error before the session exists has no receiver.
    socket.on('error', () => socket.destroy());
    awaitHandshake(socket, this.#options.handshakeTimeout, (bytes, rest) => this.#answer(socket, bytes, rest));
  }

  #answer(socket: Socket, bytes: Buffer, rest: Buffer): void {
    this.#sockets.delete(socket);
    const request = readHandshake(bytes);
    const serializer = this.#options.serializers.find(({ name }) => name === request?.serializer);
    if (request === undefined) socket.destroy();
    else if (request.usesReservedBits) this.#refuse(socket, HandshakeError.RESERVED_BITS);
    else if (serializer === undefined) this.#refuse(socket, HandshakeError.SERIALIZER_UNSUPPORTED);
    else if (!this.#options.hasRoom()) this.#refuse(socket, HandshakeError.NO_ROOM);
    else this.#accept(socket, request, serializer, rest);
  }

  #refuse(socket: Socket, error: number): void {
    socket.end(refusal(error), () => socket.destroy());
  }

  #accept(socket: Socket, request: HandshakeRequest, serializer: Serializer, rest: Buffer): void {
    const { maxMessageSize, times, accept } = this.#options;
    const maxReceived = Math.min(maxMessageSize, LONGEST_MESSAGE);
    socket.write(acceptance(serializer.name, maxReceived));
    const terms = { binary: serializer.binary, maxReceived, maxSent: request.maxLength };
    const transport = new RawSocketTransport(socket, terms, times);
    this.#transports.add(transport);
    socket.once('close', () => this.#transports.delete(transport));
    accept(transport, serializer);
    if (rest.length > 0) transport.receive(rest);
  }
}

/** A server that passes its connections to an endpoint, with TLS if there are TLS options. */
export function createRawSocketServer(
  endpoint: RawSocketEndpoint,
  handshakeTimeout: number,
  tls: TlsOptions | undefined,
): Server {
  if (tls === undefined) return createServer({ noDelay: true }, (socket) => endpoint.connect(socket));
  const server = createSecureServer({ ...tls, noDelay: true, handshakeTimeout }, (socket) => endpoint.connect(socket));
  // Node.js reports a failed or late TLS handshake, but leaves the connection open.
  server.on('tlsClientError', (_error, socket) => socket.destroy());
  return server;
}
