import { createServer, type IncomingMessage, type Server, type ServerOptions, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { AddressLimits, listen, listeningText, requestLimits, serverTlsOptions } from '@pgwamp/config';
import type { OpenPart } from '@pgwamp/core/internal/component';
import type { Connection } from '../clients/connection.ts';
import type { OnText } from '../clients/websocket-connection.ts';
import { closeCode } from '../clients/wire-protocol.ts';
import { GatewayListenError } from '../errors.ts';
import { HttpRefusal, refusalOf, unavailable } from './http-refusal.ts';
import { Requests } from './requests.ts';
import type { ServerContext } from './server-context.ts';
import { Upgrades } from './upgrades.ts';

/** The HTTP and WebSocket server. */
export class GatewayServer implements OpenPart {
  readonly lost: AbortSignal;
  readonly #lost = new AbortController();
  readonly #context: ServerContext;
  readonly #server: Server;
  readonly #limits: AddressLimits;
  readonly #requests: Requests;
  readonly #upgrades: Upgrades;
  /** Sockets that are not WebSockets. */
  readonly #sockets = new Set<Socket>();
  #isClosing = false;

  private constructor(context: ServerContext, onText: OnText) {
    const { limits, endpoint } = context.extra;
    this.lost = this.#lost.signal;
    this.#context = context;
    this.#limits = new AddressLimits(limits.max_connections, limits.max_connections_per_address);
    this.#requests = new Requests(context);
    this.#upgrades = new Upgrades(context, onText);
    this.#server = createHttpServer(limits.handshake_timeout, endpoint.type === 'tcp' ? endpoint.tls : undefined);
    this.#server.on('connection', (socket: Socket) => this.#accept(socket));
    this.#server.on('request', (request, response) => void this.#answer(request, response));
    this.#server.on('upgrade', (request, socket, head) => void this.#upgrade(request, socket, head));
  }

  /**
   * Opens the server.
   *
   * @throws `GatewayListenError`; `ConfigurationError` if its certificate cannot be used.
   */
  static async open(context: ServerContext, onText: OnText): Promise<GatewayServer> {
    const server = new GatewayServer(context, onText);
    const { endpoint, reuse_port } = context.extra;
    try {
      await listen(server.#server, endpoint, reuse_port);
    } catch (error) {
      throw new GatewayListenError(listeningText(endpoint), error as Error);
    }
    server.#server.on('error', (error) => server.#lost.abort(error));
    return server;
  }

  /** The address that it listens on: a port, or the path of a socket. */
  get address(): { readonly port: number } | { readonly path: string } {
    const address = this.#server.address();
    return typeof address === 'string' ? { path: address } : { port: address?.port ?? 0 };
  }

  /** Accepts no more connections, closes all clients, and waits for their end. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosing = true;
    const { connections, extra, handover } = this.#context;
    this.#server.close();
    this.#server.closeIdleConnections();
    let hasSuccessor = await handover.begin();
    await connections.close(extra.drain / 2, async (group) => {
      if (hasSuccessor) hasSuccessor = await handover.mark((id) => tellMark(group, id));
      for (const connection of group) connection.close(closeCode.goingAway, 'the gateway stops');
    });
    this.#server.closeAllConnections();
  }

  /** Destroys all connections. */
  destroy(): void {
    this.#isClosing = true;
    this.#server.close();
    this.#context.connections.destroy();
    for (const socket of this.#sockets) socket.destroy();
  }

  #accept(socket: Socket): void {
    if (this.#limits.take(socket)) {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
      return;
    }
    socket.on('error', () => undefined);
    // Plain text before the TLS handshake would only confuse the client.
    const isSecure = this.#context.extra.endpoint.type === 'tcp' && this.#context.extra.endpoint.tls;
    if (isSecure) socket.destroy();
    else socket.end(unavailable('too many connections').response, () => socket.destroy());
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      if (this.#isClosing) throw unavailable('the gateway stops');
      await this.#requests.answer(request, response);
    } catch (error) {
      const { status, message, headers } = this.#refusalOf(error);
      if (response.headersSent) return void response.destroy();
      const type = { 'content-type': 'text/plain; charset=utf-8' };
      response.writeHead(status, { ...type, connection: 'close', ...headers }).end(message);
    }
  }

  async #upgrade(request: IncomingMessage, duplex: Duplex, head: Buffer): Promise<void> {
    const socket = duplex as Socket;
    const onError = () => socket.destroy();
    socket.on('error', onError);
    try {
      if (this.#isClosing) throw unavailable('the gateway stops');
      await this.#upgrades.upgrade(request, socket, head);
      socket.off('error', onError);
      this.#sockets.delete(socket);
    } catch (error) {
      socket.end(this.#refusalOf(error).response, () => socket.destroy());
    }
  }

  #refusalOf(error: unknown): HttpRefusal {
    const refusal = refusalOf(error);
    if (refusal) return refusal;
    this.#context.log.error({ err: error }, 'a request could not be answered');
    return new HttpRefusal(500, 'internal error');
  }
}

/** Connections that stay silent, or do not finish their handshake or their request, are closed after `timeout` milliseconds. */
function createHttpServer(timeout: number, tls: Parameters<typeof serverTlsOptions>[0] | undefined): Server {
  const options: ServerOptions = {
    ...requestLimits(timeout),
    // Other upgrades are offers, such as h2c, which a server ignores. Node.js before 24.9 ignores this option.
    shouldUpgradeCallback: ({ headers }) => headers.upgrade?.toLowerCase() === 'websocket',
  };
  if (tls === undefined) return createServer(options);
  return createSecureServer({
    ...options,
    ...serverTlsOptions(tls, ['extra', 'endpoint', 'tls']),
    handshakeTimeout: timeout,
  });
}

function tellMark(connections: readonly Connection[], id: string): void {
  for (const connection of connections) connection.handOver(id);
}
