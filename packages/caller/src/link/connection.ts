import type { Socket } from 'node:net';
import type { SecureContext } from 'node:tls';
import { errorResponse } from './backend-messages.ts';
import type { Call } from './call.ts';
import { Handshake, type HandshakeOptions, type HandshakeStep } from './handshake.ts';
import { LinkFault, protocolViolation } from './link-fault.ts';
import { LinkSocket } from './link-socket.ts';
import { MessageReader } from './message-reader.ts';
import { Queries } from './queries.ts';

/** The longest packet or message before authentication, as in PostgreSQL. */
const maxLengthUnauthenticated = 10_000;

/** Bytes that may wait while an answer is due. Up to there the socket is read, so that its end is seen. */
const maxBuffered = 65_536;

/** Milliseconds without a query after which a backend is not expected to ask something at this very moment. */
const silence = 100;

/** What all connections of a link have in common. */
export interface ConnectionOptions extends HandshakeOptions {
  readonly context: SecureContext | undefined;
  readonly maxMessageSize: number;
  /** Milliseconds. */
  readonly authenticationTimeout: number;
  readonly call: Call;
  /** Called with a connection that has authenticated; throws `LinkFault` if it is refused. */
  readonly accept: (connection: LinkConnection) => void;
  /** Told why a connection was refused or ended. */
  readonly onFault: (fault: LinkFault, connection: LinkConnection) => void;
  /** Called once. */
  readonly onclose: (connection: LinkConnection) => void;
}

/** One connection to the link: of a backend, or of anybody who has found the port. */
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
      onbytes: (bytes) => this.#receive(bytes),
      ondrain: () => this.#proceed(),
      onend: () => this.destroy(),
      onclose: () => this.#closed(),
    });
  }

  /** The other end, for people. */
  get peer(): string {
    return this.#socket.peer;
  }

  /** Says why, if there is something to say, and closes. */
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
   * Closes because the link closes. An idle backend gets no error: libpq would take an error that it reads before the next query for a
   * notice, and the connection for a good one.
   */
  shutDown(): void {
    const isIdle = this.#queries?.busy === false;
    this.end(isIdle ? undefined : new LinkFault('57P01', 'the Caller is shutting down', { fatal: true }));
  }

  /**
   * Begins no calls, and closes when nothing is owed to the backend, and it has been silent for a while: what it asks meanwhile is answered with
   * `moved`, while a query that comes in the moment of closing would be lost.
   */
  drain(): void {
    if (this.#queries) {
      this.#queries.leaving = true;
      this.#closeTimer = setTimeout(() => this.#closeIfIdle(), silence);
    } else {
      this.shutDown();
    }
  }

  /** Closes at once, whatever is left to be written. */
  destroy(): void {
    this.#tearDown('the backend has closed its connection');
    this.#socket.destroy();
  }

  #receive(bytes: Buffer): void {
    if (this.#wants === 'close') return;
    this.#reader.push(bytes);
    this.#proceed();
  }

  /** Takes what has come, as long as nothing that was taken before is still due. */
  #proceed(): void {
    if (this.#taking) return;
    this.#taking = true;
    while (this.#mayTake() && this.#attempt());
    this.#taking = false;
    if (this.#wants !== 'close') this.#socket.hold(this.#reader.size > maxBuffered && !this.#mayTake());
  }

  #mayTake(): boolean {
    return this.#wants !== 'close' && !this.#socket.congested && !this.#queries?.busy;
  }

  #attempt(): boolean {
    try {
      return this.#take();
    } catch (error) {
      this.#refuse(error);
      return true;
    }
  }

  /** @returns whether there was something whole to take. */
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
    this.#queries = new Queries(this.#options.call, (bytes) => this.#send(bytes));
  }

  #secure(): void {
    // Plain bytes behind the request would else be taken for those of the one who is about to be known.
    if (this.#reader.size > 0) throw protocolViolation('received unencrypted data after SSL request');
    this.#socket.secure(this.#options.context);
  }

  #refuse(error: unknown): void {
    const fault = error instanceof LinkFault ? error : new LinkFault('XX000', String(error), { fatal: true });
    if (fault.fatal || !this.#queries) this.end(fault);
    else this.#queries.refuse(fault);
  }

  #send(bytes: Buffer): void {
    this.#socket.write(bytes);
    this.#closeTimer?.refresh();
    if (this.#reader.size > 0) this.#proceed();
  }

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
