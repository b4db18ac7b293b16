import type { Socket } from 'node:net';
import type { SecureContext } from 'node:tls';
import { errorResponse } from './backend-messages.ts';
import type { Call } from './call.ts';
import { Handshake, type HandshakeOptions, type HandshakeStep } from './handshake.ts';
import { LinkFault, protocolViolation } from './link-fault.ts';
import { LinkSocket } from './link-socket.ts';
import { MessageReader } from './message-reader.ts';
import { Queries } from './queries.ts';

/** Size limit of a packet or message before authentication, as in PostgreSQL. */
const maxLengthUnauthenticated = 10_000;

/**
 * Number of bytes that may be buffered while an answer is due. Up to this limit the socket is read, so that its end is
 * noticed.
 */
const maxBuffered = 65_536;

/** Milliseconds after the last query until a backend is assumed to be idle. */
const silence = 100;

/** The common options of all connections of a link. */
export interface ConnectionOptions extends HandshakeOptions {
  readonly context: SecureContext | undefined;
  readonly maxMessageSize: number;
  /** Time limit for authentication in milliseconds. */
  readonly authenticationTimeout: number;
  readonly call: Call;
  /** Called when a connection has authenticated. Throws `LinkFault` to refuse it. */
  readonly accept: (connection: LinkConnection) => void;
  /** Called with the reason when a connection was refused or ended. */
  readonly onFault: (fault: LinkFault, connection: LinkConnection) => void;
  /** Called once. */
  readonly onclose: (connection: LinkConnection) => void;
}

/** A connection to the link, by a backend or by any other client. */
export class LinkConnection {
  readonly #options: ConnectionOptions;
  readonly #socket: LinkSocket;
  readonly #handshake: Handshake;
  readonly #reader = new MessageReader(maxLengthUnauthenticated);
  readonly #deadline: NodeJS.Timeout;
  #queries: Queries | undefined;
  #wants: HandshakeStep['next'] = 'packet';
  #taking = false;
  #closeTimer: NodeJS.Timeout | undefined;

  constructor(socket: Socket, options: ConnectionOptions) {
    this.#options = options;
    this.#handshake = new Handshake(options);
    const timeoutError = new LinkFault('57014', 'canceling authentication due to timeout', { fatal: true });
    this.#deadline = setTimeout(() => this.end(timeoutError), options.authenticationTimeout).unref();
    this.#socket = new LinkSocket(socket, {
      onbytes: this.#receive,
      ondrain: () => this.#proceed(),
      onend: () => this.destroy(),
      onclose: () => this.#closed(),
    });
  }

  /** The address of the remote end, for messages. */
  get peer(): string {
    return this.#socket.peer;
  }

  /** Sends an error, if one is given, and closes the connection. */
  end(fault?: LinkFault): void {
    if (this.#wants === 'close') return;
    this.#tearDown('the link has closed the connection');
    if (fault) {
      this.#options.onFault(fault, this);
      this.#socket.write(errorResponse(fault));
    }
    this.#socket.end();
  }

  /**
   * Closes the connection because the link closes. An idle backend receives no error: libpq would treat an error before
   * the next query as a notice, and would consider the connection usable.
   */
  shutDown(): void {
    const isIdle = this.#queries?.busy === false;
    this.end(isIdle ? undefined : new LinkFault('57P01', 'the Caller is shutting down', { fatal: true }));
  }

  /**
   * Starts no more calls, and closes the connection when no answer is due and the backend has been silent for a while.
   * Requests during this time are answered with `moved`, because a query that arrives while the connection is closing
   * would be lost.
   */
  drain(): void {
    if (this.#queries) {
      this.#queries.leaving = true;
      this.#closeTimer = setTimeout(() => this.#closeIfIdle(), silence);
    } else {
      this.shutDown();
    }
  }

  /** Closes the connection immediately and discards unsent data. */
  destroy(): void {
    this.#tearDown('the backend has closed its connection');
    this.#socket.destroy();
  }

  readonly #receive = (bytes: Buffer): void => {
    if (this.#wants === 'close') return;
    this.#reader.push(bytes);
    this.#proceed();
  };

  /** Processes the received data while no earlier answer is due. */
  #proceed(): void {
    if (this.#taking) return;
    this.#taking = true;
    while (this.#mayTake()) {
      try {
        if (!this.#take()) break;
      } catch (error) {
        this.#refuse(error);
      }
    }
    this.#taking = false;
    if (this.#wants !== 'close') this.#socket.hold(this.#reader.size > maxBuffered && !this.#mayTake());
  }

  #mayTake(): boolean {
    return this.#wants !== 'close' && !this.#socket.congested && !this.#queries?.busy;
  }

  /** @returns whether a complete packet or message was available. */
  #take(): boolean {
    if (this.#wants === 'packet') {
      const packet = this.#reader.packet();
      if (packet) this.#step(this.#handshake.packet(packet));
      return packet !== undefined;
    }
    const message = this.#reader.message();
    if (message?.type === 'X') this.end();
    else if (message && this.#queries) this.#queries.message(message);
    else if (message) this.#step(this.#handshake.message(message));
    return message !== undefined;
  }

  #step({ bytes, next }: HandshakeStep): void {
    if (next === 'queries') this.#enter();
    if (bytes.length > 0) this.#socket.write(bytes);
    if (next === 'tls') this.#secure();
    if (next === 'close') this.end();
    this.#wants = next === 'tls' ? 'packet' : next;
  }

  #enter(): void {
    this.#options.accept(this);
    clearTimeout(this.#deadline);
    this.#reader.trust(this.#options.maxMessageSize);
    this.#queries = new Queries(this.#options.call, this.#send);
  }

  #secure(): void {
    // Unencrypted data sent after the request could otherwise be mistaken for data of the authenticated client.
    if (this.#reader.size > 0) throw protocolViolation('received unencrypted data after SSL request');
    this.#socket.secure(this.#options.context);
  }

  #refuse(error: unknown): void {
    const fault = error instanceof LinkFault ? error : new LinkFault('XX000', String(error), { fatal: true });
    if (fault.fatal || !this.#queries) this.end(fault);
    else this.#queries.refuse(fault);
  }

  readonly #send = (bytes: Buffer): void => {
    this.#socket.write(bytes);
    this.#closeTimer?.refresh();
    if (this.#reader.size > 0) this.#proceed();
  };

  #closeIfIdle(): void {
    if (this.#queries?.idle) this.shutDown();
    else this.#closeTimer?.refresh();
  }

  #tearDown(reason: string): void {
    this.#wants = 'close';
    clearTimeout(this.#deadline);
    clearTimeout(this.#closeTimer);
    this.#closeTimer = undefined;
    this.#reader.clear();
    this.#queries?.close(reason);
  }

  #closed(): void {
    this.#tearDown('the backend has closed its connection');
    this.#options.onclose(this);
  }
}
