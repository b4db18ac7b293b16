import { constants } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Serializer } from '@pgwamp/protocol';
import { CloseCode } from '@pgwamp/protocol';
import { type ReadTerms, type Subprotocol, subprotocolsOf } from '@pgwamp/protocol/internal';
import { type PerMessageDeflateOptions, type Server, type WebSocket, WebSocketServer } from 'ws';
import type { AllowedOrigins } from './allowed-origins.ts';
import type { Transport } from './transport.ts';
import { offeredSubprotocols, refuseUpgrade } from './upgrade.ts';
import { ServerWebSocket, type WebSocketTimes, WebSocketTransport } from './websocket.ts';

/** The resolved options of an endpoint. */
export interface ResolvedEndpointOptions {
  /** In bytes; a longer message closes the connection with code 1009. */
  readonly maxMessageSize: number;
  readonly times: WebSocketTimes;
  /** The serializers that clients may choose. */
  readonly serializers: readonly Serializer[];
  /** Whether there is room for one more connection. */
  hasRoom(): boolean;
  accept(transport: Transport, serializer: Serializer): void;
}

/** The additional options of a WebSocket endpoint. */
export interface ResolvedWebSocketOptions extends ResolvedEndpointOptions {
  /** Compression of messages. `maxMessageSize` then limits the decompressed size. Default: none. */
  readonly compression?: PerMessageDeflateOptions | undefined;
  /** The web pages that may connect; `undefined`: all. */
  readonly origins: AllowedOrigins | undefined;
}

function originText({ headers }: IncomingMessage): string {
  return `pages of the origin ${headers.origin} may not connect: allowed_origins does not contain it`;
}

/** Accepts WebSocket upgrades, of any server and path. */
export class WebSocketEndpoint {
  readonly #options: ResolvedWebSocketOptions;
  readonly #reading: ReadTerms;
  readonly #subprotocols: readonly Subprotocol[];
  readonly #webSockets: Server<typeof ServerWebSocket>;
  readonly #transports = new Map<WebSocket, Transport>();
  // One function for all connections, of which there may be very many.
  readonly #forget: (this: WebSocket) => void;

  constructor(options: ResolvedWebSocketOptions) {
    this.#options = options;
    const transports = this.#transports;
    this.#forget = function forget() {
      transports.delete(this);
    };
    // Node.js cannot create longer strings.
    const maxPayload = Math.min(options.maxMessageSize, constants.MAX_STRING_LENGTH);
    this.#reading = { masked: true, maxLength: maxPayload };
    this.#subprotocols = subprotocolsOf(options.serializers);
    this.#webSockets = new WebSocketServer({
      noServer: true,
      WebSocket: ServerWebSocket,
      clientTracking: false,
      maxPayload,
      perMessageDeflate: options.compression ?? false,
      handleProtocols: (_offered, request) => this.#choose(request)?.name ?? false,
    });
  }

  /** Closes all open connections. */
  close(): void {
    for (const transport of this.#transports.values()) transport.close(CloseCode.GOING_AWAY, 'the listener is closed');
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const subprotocol = this.#choose(request);
    const { origins } = this.#options;
    if (origins?.allows(request) === false) refuseUpgrade(socket, 403, originText(request));
    else if (!this.#options.hasRoom()) refuseUpgrade(socket, 503, 'the router has no room for another session');
    // Without this check, `ws` would accept a connection without a subprotocol.
    else if (subprotocol === undefined) refuseUpgrade(socket, 400, this.#subprotocolsText());
    else this.#webSockets.handleUpgrade(request, socket, head, (it) => this.#open(it, socket as Socket, subprotocol));
  }

  #open(webSocket: ServerWebSocket, socket: Socket, { serializer, openBatching }: Subprotocol): void {
    const terms = { binary: serializer.binary, batching: openBatching(), reading: this.#reading };
    const transport = new WebSocketTransport(webSocket, socket, terms, this.#options.times);
    this.#transports.set(webSocket, transport);
    webSocket.on('close', this.#forget);
    this.#options.accept(transport, serializer);
  }

  #choose(request: IncomingMessage): Subprotocol | undefined {
    const offered = offeredSubprotocols(request);
    return offered
      .map((offer) => this.#subprotocols.find(({ name }) => name === offer))
      .find((subprotocol) => subprotocol !== undefined);
  }

  #subprotocolsText(): string {
    return `the WebSocket subprotocol must be one of: ${this.#subprotocols.map(({ name }) => name).join(', ')}`;
  }
}
