import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createSecureContext, type SecureContextOptions } from 'node:tls';
import type { Logger } from '@pgwamp/core/internal/component';
import type { Call } from './call.ts';
import { type ConnectionOptions, LinkConnection } from './connection.ts';
import { LinkFault } from './link-fault.ts';
import { ScramVerifier } from './scram.ts';

/** The address and the limits of a link. */
export interface LinkOptions {
  readonly host: string;
  /** The port; 0 for any free port. */
  readonly port: number;
  /** Certificate and key. If set, the link requires TLS. */
  readonly tls?: SecureContextOptions | undefined;
  /** The password of backends: printable ASCII, and too long to guess. */
  readonly secret: string;
  /** The database name that backends must request. */
  readonly realm: string;
  /**
   * Maximum number of backend connections. Further ones receive SQLSTATE 53300. The same number may be unauthenticated.
   */
  readonly maxConnections: number;
  /** Size limit of a query in bytes. */
  readonly maxMessageSize: number;
  /** Milliseconds until a connection must be authenticated. */
  readonly authenticationTimeout: number;
  readonly log: Logger;
}

/** Minimum limit of unauthenticated connections. */
const minUnauthenticated = 100;

/** SQLSTATEs that are logged as warnings: too many connections, and a wrong secret. */
const alarming = ['53300', '28P01'];

/** Milliseconds of silence until TCP keepalives probe the machine of a backend. */
const keepAliveInitialDelay = 10_000;

const tooManyUnauthenticated = new LinkFault('53300', 'too many connections that are not authenticated', {
  fatal: true,
});

/**
 * A server to which `crossbar.call` connects with dblink. It implements the parts of the PostgreSQL wire protocol that
 * dblink and psql need. Its queries are calls.
 *
 * @see https://www.postgresql.org/docs/current/protocol.html
 */
export class Link implements AsyncDisposable {
  readonly #options: LinkOptions;
  readonly #server: Server;
  readonly #unauthenticated = new Set<LinkConnection>();
  readonly #backends = new Set<LinkConnection>();
  readonly #connectionOptions: ConnectionOptions;
  #left = Promise.withResolvers<void>();

  /** @param call makes the calls. */
  constructor(options: LinkOptions, call: Call) {
    const { realm, secret, tls, maxMessageSize, authenticationTimeout, log } = options;
    this.#options = options;
    this.#connectionOptions = {
      realm,
      verifier: new ScramVerifier(secret),
      tls: tls !== undefined,
      context: tls && createSecureContext(tls),
      maxMessageSize,
      authenticationTimeout,
      call,
      accept: (connection) => this.#accept(connection),
      onFault: ({ code, message }, { peer }) => {
        log[alarming.includes(code) ? 'warn' : 'debug']({ code, peer }, `refused a connection: ${message}`);
      },
      onclose: (connection) => this.#forget(connection),
    };
    this.#server = createServer({ noDelay: true, keepAlive: true, keepAliveInitialDelay }, (socket) =>
      this.#connect(socket),
    );
  }

  /** Number of connected backends. */
  get connections(): number {
    return this.#backends.size;
  }

  /**
   * Starts listening.
   *
   * @returns the port.
   * @throws errors of the operating system, such as `EADDRINUSE`.
   */
  async listen(): Promise<number> {
    const { host, port, log } = this.#options;
    this.#server.listen({ host, port });
    await once(this.#server, 'listening');
    this.#server.on('error', (error) => log.error({ err: error }, 'a connection could not be accepted'));
    return (this.#server.address() as AddressInfo).port;
  }

  /**
   * Stops listening and starts no more calls. Closes each connection when its calls are answered, or soon if there are
   * none. Resolves when all connections are closed.
   */
  async drain(): Promise<void> {
    this.#server.close();
    for (const connection of [...this.#unauthenticated, ...this.#backends]) connection.drain();
    while (this.#backends.size > 0) await this.#left.promise;
  }

  /** Closes all connections, which cancels their calls, and stops listening. */
  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const connection of [...this.#unauthenticated, ...this.#backends]) connection.shutDown();
    await closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #connect(socket: Socket): void {
    if (this.#unauthenticated.size >= Math.max(this.#options.maxConnections, minUnauthenticated)) this.#closeOldest();
    this.#unauthenticated.add(new LinkConnection(socket, this.#connectionOptions));
  }

  /**
   * The oldest connection has had the most time to authenticate. So a flood of connections cannot keep out a backend
   * that has the secret.
   */
  #closeOldest(): void {
    const [oldest] = this.#unauthenticated;
    if (!oldest) return;
    this.#unauthenticated.delete(oldest);
    oldest.end(tooManyUnauthenticated);
    oldest.destroy();
  }

  #accept(connection: LinkConnection): void {
    if (this.#backends.size >= this.#options.maxConnections) {
      const hint = 'The limit is extra.link.max_connections of the Caller.';
      throw new LinkFault('53300', 'too many connections', { fatal: true, hint });
    }
    this.#unauthenticated.delete(connection);
    this.#backends.add(connection);
  }

  #forget(connection: LinkConnection): void {
    this.#unauthenticated.delete(connection);
    if (!this.#backends.delete(connection) || this.#backends.size > 0) return;
    this.#left.resolve();
    this.#left = Promise.withResolvers();
  }
}
