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

/** What is more to it for RawSocket. */
export interface ResolvedRawSocketOptions extends ResolvedEndpointOptions {
  /** For the four bytes of the handshake, in milliseconds. */
  readonly handshakeTimeout: number;
}

/** Takes the connections of a TCP, TLS or Unix server that speak RawSocket. */
export class RawSocketEndpoint {
  readonly #options: ResolvedRawSocketOptions;
  readonly #sockets = new Set<Socket>();
  readonly #transports = new Set<Transport>();

  constructor(options: ResolvedRawSocketOptions) {
    this.#options = options;
  }

  /** Cuts off who has not finished the handshake, and closes all others. */
  close(): void {
    for (const socket of this.#sockets) socket.destroy();
    for (const transport of this.#transports) transport.close(CloseCode.GOING_AWAY, 'the listener is closed');
  }

  connect(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    // Until there is a session there is nobody to tell.
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

/** A server whose connections are led to an endpoint, with TLS if there are options for it. */
export function createRawSocketServer(
  endpoint: RawSocketEndpoint,
  handshakeTimeout: number,
  tls: TlsOptions | undefined,
): Server {
  if (tls === undefined) return createServer({ noDelay: true }, (socket) => endpoint.connect(socket));
  const server = createSecureServer({ ...tls, noDelay: true, handshakeTimeout }, (socket) => endpoint.connect(socket));
  // Node.js tells of a handshake that failed or took too long, and leaves the connection open.
  server.on('tlsClientError', (_error, socket) => socket.destroy());
  return server;
}
