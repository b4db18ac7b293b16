import type { IncomingMessage } from 'node:http';
import type { Server } from 'node:net';
import type { Duplex } from 'node:stream';
import { pathOf, refuseUpgrade } from './upgrade.ts';
import type { WebSocketEndpoint } from './websocket-endpoint.ts';

/** The upgrade handler of one HTTP server that several endpoints may share. */
class Upgrades {
  readonly #server: Server;
  readonly #listeners = new Set<WebSocketListener>();
  readonly #onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => this.#lead(request, socket, head);

  constructor(server: Server) {
    this.#server = server;
  }

  add(listener: WebSocketListener): void {
    if (this.#listeners.size === 0) this.#server.on('upgrade', this.#onUpgrade);
    this.#listeners.add(listener);
  }

  delete(listener: WebSocketListener): void {
    this.#listeners.delete(listener);
    if (this.#listeners.size === 0) this.#server.off('upgrade', this.#onUpgrade);
  }

  #lead(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const path = pathOf(request);
    for (const listener of this.#listeners) {
      if (listener.takes(path)) {
        listener.endpoint.upgrade(request, socket, head);
        return;
      }
    }
    // Another handler may serve this path; refuse it only if there is no other upgrade handler.
    if (this.#server.listenerCount('upgrade') > 1) return;
    refuseUpgrade(socket, 404, 'there is no WebSocket endpoint here');
  }
}

const upgrades = new WeakMap<Server, Upgrades>();

function upgradesOf(server: Server): Upgrades {
  const known = upgrades.get(server);
  if (known !== undefined) return known;
  const made = new Upgrades(server);
  upgrades.set(server, made);
  return made;
}

/** Passes the upgrades of an HTTP server to an endpoint: those on one path, or all if there is no path. */
export class WebSocketListener {
  readonly endpoint: WebSocketEndpoint;
  readonly #upgrades: Upgrades;
  readonly #path: string | undefined;

  constructor(server: Server, endpoint: WebSocketEndpoint, path?: string) {
    this.endpoint = endpoint;
    this.#path = path;
    this.#upgrades = upgradesOf(server);
    this.#upgrades.add(this);
  }

  takes(path: string): boolean {
    return this.#path === undefined || this.#path === path;
  }

  /** Accepts no more connections and closes the open ones. */
  close(): void {
    this.#upgrades.delete(this);
    this.endpoint.close();
  }
}
