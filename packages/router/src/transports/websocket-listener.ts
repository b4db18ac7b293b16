import type { IncomingMessage } from 'node:http';
import type { Server, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Serializer } from '../serializer/serializer.ts';
import { CloseCode, type Transport } from './transport.ts';
import { offeredSubprotocols, pathOf, refuseUpgrade } from './upgrade.ts';
import { type WebSocketTimes, WebSocketTransport } from './websocket.ts';

/** What a listener does with its connections. */
export interface ListenerPlan {
  /** The path of the WebSocket endpoint. */
  readonly path: string;
  /** Bytes; a longer message closes the connection with 1009. */
  readonly maxMessageSize: number;
  readonly times: WebSocketTimes;
  /** The serializers on offer. */
  readonly serializers: readonly Serializer[];
  /** Whether there is room for one more connection. */
  hasRoom(): boolean;
  accept(transport: Transport, serializer: Serializer): void;
}

/** Takes the WebSocket upgrades of one HTTP server on one path. */
export class WebSocketListener {
  readonly #server: Server;
  readonly #plan: ListenerPlan;
  readonly #webSockets: WebSocketServer;
  readonly #transports = new Set<Transport>();
  readonly #onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) =>
    this.#upgrade(request, socket, head);

  constructor(server: Server, plan: ListenerPlan) {
    this.#server = server;
    this.#plan = plan;
    this.#webSockets = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      maxPayload: plan.maxMessageSize,
      perMessageDeflate: false,
      handleProtocols: (_offered, request) => this.#choose(request)?.subprotocol ?? false,
    });
    server.on('upgrade', this.#onUpgrade);
  }

  /** Takes no more connections and closes those there are. */
  close(): void {
    this.#server.off('upgrade', this.#onUpgrade);
    for (const transport of this.#transports) transport.close(CloseCode.GOING_AWAY, 'the listener is closed');
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const serializer = this.#choose(request);
    if (pathOf(request) !== this.#plan.path) this.#decline(socket);
    else if (!this.#plan.hasRoom()) refuseUpgrade(socket, 503, 'the router has no room for another session');
    // Without this `ws` would open a connection that has no subprotocol.
    else if (serializer === undefined) refuseUpgrade(socket, 400, this.#subprotocolsText());
    else this.#webSockets.handleUpgrade(request, socket, head, (it) => this.#open(it, socket as Socket, serializer));
  }

  /** Another path on a shared server may be somebody else's; it is refused only if nobody else is there to take it. */
  #decline(socket: Duplex): void {
    if (this.#server.listenerCount('upgrade') === 1) refuseUpgrade(socket, 404, 'there is no WebSocket endpoint here');
  }

  #open(webSocket: WebSocket, socket: Socket, serializer: Serializer): void {
    const transport = new WebSocketTransport(webSocket, socket, serializer.binary, this.#plan.times);
    this.#transports.add(transport);
    webSocket.once('close', () => this.#transports.delete(transport));
    this.#plan.accept(transport, serializer);
  }

  #choose(request: IncomingMessage): Serializer | undefined {
    const offered = offeredSubprotocols(request);
    return offered
      .map((name) => this.#plan.serializers.find(({ subprotocol }) => subprotocol === name))
      .find((serializer) => serializer !== undefined);
  }

  #subprotocolsText(): string {
    return `the WebSocket subprotocol must be one of: ${this.#plan.serializers.map((s) => s.subprotocol).join(', ')}`;
  }
}
