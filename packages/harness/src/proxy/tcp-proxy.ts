import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { freePort } from '../free-port.ts';
import { type ByteCounters, Link, type ProxyTarget } from './link.ts';

/** A TCP proxy on 127.0.0.1 that can break its connections in the ways that networks do. */
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

  /** How many clients are connected now. */
  get connections(): number {
    return [...this.#links].filter((link) => link.open).length;
  }

  /** How many bytes were forwarded since the start. */
  get bytes(): Readonly<ByteCounters> {
    return { ...this.#bytes };
  }

  /** Closes every connection, on both sides. New ones are treated as before. */
  cut(): void {
    for (const link of this.#links) link.destroy();
  }

  /**
   * Goes half-open, as a network does whose cable is pulled: every connection stays open but carries nothing any
   * more, not even the end of the other side. New connections are accepted and lead nowhere.
   */
  swallow(): void {
    this.#swallowing = true;
    for (const link of this.#links) link.swallow();
  }

  /**
   * Makes only those connections half-open whose client began in a certain way; new ones are treated as before.
   *
   * @param begins - whether the first piece that a client has sent is of the kind that is meant
   * @returns how many connections that were
   */
  swallowOnly(begins: (opening: Buffer) => boolean): number {
    const meant = [...this.#links].filter((link) => link.open && link.opening && begins(link.opening));
    for (const link of meant) link.swallow();
    return meant.length;
  }

  /** From now on every piece takes so many milliseconds in each direction, and the next one waits for it; 0 for as fast as it goes. */
  slow(milliseconds: number): void {
    this.#delay = milliseconds;
  }

  /** Forwards new connections to another target, as an address does that moves to a standby. Open connections stay. */
  redirect({ host, port }: ProxyTarget): void {
    this.#target = { host, port };
  }

  /** Refuses new connections, as a host does where nothing listens. Open connections stay. */
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
