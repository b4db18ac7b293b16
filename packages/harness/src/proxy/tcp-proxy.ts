import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { freePort } from '../free-port.ts';
import { type ByteCounters, Link, type ProxyTarget } from './link.ts';

/** A TCP proxy on 127.0.0.1 that simulates network failures. */
export class TcpProxy implements AsyncDisposable {
  readonly host = '127.0.0.1';
  readonly port: number;
  #target: ProxyTarget;
  readonly #links = new Set<Link>();
  readonly #bytes: ByteCounters = { toTarget: 0, toClient: 0 };
  #server: Server | undefined;
  #swallowing = false;
  #delay = 0;

  constructor(target: ProxyTarget, port: number) {
    this.#target = target;
    this.port = port;
  }

  /** The number of connected clients. */
  get connections(): number {
    return [...this.#links].filter((link) => link.open).length;
  }

  /** The number of bytes forwarded since the start. */
  get bytes(): Readonly<ByteCounters> {
    return { ...this.#bytes };
  }

  /** Closes every connection, on both sides. New connections work as before. */
  cut(): void {
    for (const link of this.#links) link.destroy();
  }

  /**
   * Makes all connections half-open, like a network with an unplugged cable: they stay open but transmit nothing, not
   * even the end of the other side. New connections are accepted without a target.
   */
  swallow(): void {
    this.#swallowing = true;
    for (const link of this.#links) link.swallow();
  }

  /**
   * Makes only connections with a certain first chunk half-open; new ones work as before.
   *
   * @param begins - whether the first chunk of a client matches
   * @returns the number of matching connections
   */
  swallowOnly(begins: (opening: Buffer) => boolean): number {
    const meant = [...this.#links].filter((link) => link.open && link.opening && begins(link.opening));
    for (const link of meant) link.swallow();
    return meant.length;
  }

  /**
   * From now on, delays every chunk by this many milliseconds in each direction, and the next chunk waits for it; 0 for
   * no delay.
   */
  slow(milliseconds: number): void {
    this.#delay = milliseconds;
  }

  /** Forwards new connections to another target, like an address that moves to a standby. Open connections stay. */
  redirect({ host, port }: ProxyTarget): void {
    this.#target = { host, port };
  }

  /** Refuses new connections, like a host without a listener. Open connections stay. */
  refuse(): void {
    this.#server?.close();
    this.#server = undefined;
  }

  /** Accepts and forwards new connections again. Connections that were swallowed stay dead. */
  async resume(): Promise<void> {
    this.#swallowing = false;
    if (this.#server) return;
    const server = createServer({ noDelay: true, allowHalfOpen: true }, (client) => this.#accept(client));
    server.listen(this.port, this.host);
    await once(server, 'listening');
    this.#server = server;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.refuse();
    this.cut();
  }

  #accept(client: Socket): void {
    const link = new Link(client, this.#swallowing ? undefined : this.#target, this.#bytes, () => this.#delay);
    this.#links.add(link);
    void link.closed().then(() => this.#links.delete(link));
  }
}

/** Starts a proxy that forwards to `target`. */
export async function startTcpProxy(target: ProxyTarget): Promise<TcpProxy> {
  const { host, port } = target;
  for (let attempt = 1; ; attempt += 1) {
    const proxy = new TcpProxy({ host, port }, await freePort());
    try {
      await proxy.resume();
      return proxy;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE' || attempt === 5) throw error;
    }
  }
}
