import type { IncomingMessage } from 'node:http';
import type { Server } from 'node:net';
import type { Duplex } from 'node:stream';
import { pathOf, refuseUpgrade } from './upgrade.ts';
import type { WebSocketEndpoint } from './websocket-endpoint.ts';

/** Leads the upgrades of an HTTP server to an endpoint: those on one path, or all if there is none. */
export class WebSocketListener {
  readonly #server: Server;
  readonly #endpoint: WebSocketEndpoint;
  readonly #path: string | undefined;
  readonly #onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) =>
    this.#upgrade(request, socket, head);

  constructor(server: Server, endpoint: WebSocketEndpoint, path?: string) {
    this.#server = server;
    this.#endpoint = endpoint;
    this.#path = path;
    server.on('upgrade', this.#onUpgrade);
  }

  /** Takes no more connections and closes those there are. */
  close(): void {
    this.#server.off('upgrade', this.#onUpgrade);
    this.#endpoint.close();
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    if (this.#path === undefined || pathOf(request) === this.#path) this.#endpoint.upgrade(request, socket, head);
    // Another path on a shared server may be somebody else's; it is refused only if nobody else is there to take it.
    else if (this.#server.listenerCount('upgrade') === 1) {
      refuseUpgrade(socket, 404, 'there is no WebSocket endpoint here');
    }
  }
}
