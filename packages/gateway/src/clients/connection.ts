import type { Socket } from 'node:net';
import type { Channel, Encoding, Subscriber } from '../channels/channel.ts';
import type { Entry } from '../channels/entry.ts';
import type { Hub } from '../channels/hub.ts';
import type { Since } from '../channels/since.ts';
import type { Client } from '../context.ts';
import { type ControlMessage, closeCode } from './wire-protocol.ts';

/** What connections do and are counted for, the same for all of them. */
export interface ConnectionTerms {
  readonly hub: Hub;
  /** Bytes that may wait for a client that reads slowly. */
  readonly maxBuffer: number;
  readonly slowClient: 'close' | 'drop';
  readonly onInterruption: 'keep' | 'close';
  /** Milliseconds; an interval of 0 turns pings off. */
  readonly ping: { readonly interval: number; readonly timeout: number };
  /** Milliseconds that a client has to answer a close. */
  readonly closeTimeout: number;
  readonly maxFramesPerSecond: number;
  readonly counts: ConnectionCounts;
  /** All that are connected. */
  readonly connections: { add(connection: Connection): void; delete(connection: Connection): void };
}

/** What has happened to connections since the gateway was created. */
interface ConnectionCounts {
  opened: number;
  framesIn: number;
  framesOut: number;
  bytesOut: number;
  slowCloses: number;
  dropped: number;
}

/** A channel that a client listens to. */
export interface Membership {
  readonly channel: Channel;
  /** Ends with the membership: the right to listen. */
  readonly permission: Disposable;
}

/**
 * A client that listens: a WebSocket, or a response of server-sent events. It is given encoded entries, and writes them to its socket as
 * they are. For one that reads slowly a bounded number of bytes waits; beyond that it is closed, or misses messages.
 */
export abstract class Connection implements Subscriber {
  client: Client;
  abstract readonly encoding: Encoding;
  abstract readonly resumes: boolean;
  protected readonly socket: Socket;
  protected readonly terms: ConnectionTerms;
  /** By the names that the client knows. */
  readonly #memberships = new Map<string, Membership>();
  /** The id of what it was sent last. */
  #last: string | undefined;
  /** Set while it reads too slowly to be sent anything: by channel, what it has missed. */
  #missing: Map<Channel, { readonly from: string | null; to: string }> | undefined;
  /** Whether it listens, or has listened, to several channels. */
  #isShared = false;
  #isCorked = false;
  #isHandedOver = false;
  #gone: AbortController | undefined;
  #seen = 0;
  #pingDue: number;
  #pongDue = Number.POSITIVE_INFINITY;
  #closeDue = Number.POSITIVE_INFINITY;
  #framesThisSecond = 0;

  constructor(client: Client, socket: Socket, terms: ConnectionTerms) {
    this.client = client;
    this.socket = socket;
    this.terms = terms;
    const { interval } = terms.ping;
    // Those that come at the same time are not all pinged at the same time.
    this.#pingDue =
      interval === 0 ? Number.POSITIVE_INFINITY : performance.now() + interval * (0.5 + Math.random() / 2);
    terms.counts.opened += 1;
    terms.connections.add(this);
  }

  /** What it listens to. */
  get memberships(): ReadonlyMap<string, Membership> {
    return this.#memberships;
  }

  /** Bytes that wait to be sent. */
  get buffered(): number {
    return this.socket.writableLength;
  }

  /** A number that changes whenever the client shows life. */
  protected get progress(): number {
    return this.socket.bytesRead;
  }

  /** Aborted when the connection has ended. */
  get gone(): AbortSignal {
    this.#gone ??= new AbortController();
    return this.#gone.signal;
  }

  get isClosing(): boolean {
    return this.#closeDue !== Number.POSITIVE_INFINITY;
  }

  /** Listens to channels that it holds, and is sent what it has missed of them. */
  join(memberships: readonly Membership[], since?: Since): void {
    const { hub } = this.terms;
    for (const membership of memberships) this.#memberships.set(membership.channel.name, membership);
    this.#share(memberships);
    const channels = memberships.map(({ channel }) => channel);
    for (const { channel, entries } of hub.join(this, channels, since)) {
      this.deliver(channel, entries, this.encoding.encodeReplay(channel, entries));
    }
    // What was missed may be more than may wait, and this belongs to it.
    for (const channel of channels) this.#say({ type: 'listening', channel: channel.name, id: hub.idOf(channel) });
  }

  /** Listens to a channel no more. */
  leave(name: string): void {
    const membership = this.#memberships.get(name);
    if (membership === undefined) return;
    const { channel, permission } = membership;
    const { hub } = this.terms;
    hub.leave(this, channel);
    if (this.#isShared) channel.shared -= 1;
    this.#memberships.delete(name);
    this.#missing?.delete(channel);
    permission[Symbol.dispose]();
    hub.release(channel);
  }

  deliver(channel: Channel, entries: readonly Entry[], encoded: Buffer): void {
    if (this.isClosing || this.#isHandedOver) return;
    const last = entries.at(-1)?.id ?? '';
    if (this.#missing || this.buffered > this.terms.maxBuffer) {
      this.#miss(channel, entries, last);
      return;
    }
    if (this.#isShared) this.#cork();
    this.write(encoded);
    this.#last = last;
    const { counts } = this.terms;
    counts.framesOut += entries.length;
    counts.bytesOut += encoded.length;
  }

  interrupted(_channel: Channel, reason: string): void {
    if (!this.resumes && this.terms.onInterruption === 'close') this.close(closeCode.serviceRestart, reason);
  }

  ended({ name }: Channel, reason: string): void {
    this.expel(name, reason);
  }

  /**
   * Takes a channel from the client, which did not ask for it.
   *
   * @param isTemporary whether the client may try again: then it is closed, since it would not subscribe again by itself.
   */
  expel(name: string, reason: string, isTemporary = false): void {
    this.leave(name);
    if (isTemporary) {
      this.close(closeCode.tryAgainLater, reason);
      return;
    }
    this.tell({ type: 'unsubscribed', channel: name, reason });
    if (this.#memberships.size === 0) this.close(closeCode.policyViolation, reason);
  }

  /** Once a second: pings, deadlines, and what the client may send. */
  tick(now: number): void {
    this.#framesThisSecond = 0;
    if (this.isClosing) {
      if (now >= this.#closeDue) this.destroy();
    } else if (this.client.expires !== undefined && Date.now() >= this.client.expires.getTime()) {
      this.close(closeCode.tokenExpired, 'the token has ended');
    } else if (now >= this.#pongDue) {
      if (this.#hasMoved()) this.#rest(now);
      else this.destroy();
    } else if (now >= this.#pingDue) {
      if (this.#hasMoved()) this.#rest(now);
      else this.#askForLife(now);
    }
  }

  /** Tells the client that it is told no more, and why. */
  close(code: number, reason: string): void {
    if (this.isClosing) return;
    this.#closeDue = performance.now() + this.terms.closeTimeout;
    this.end(code, reason);
  }

  /** Sends nothing more to a client that can go on at another gateway, and tells it from where. */
  handOver(mark: string): void {
    const isCounted = [...this.#memberships.values()].some(({ channel }) => !channel.isOfLog);
    if (!this.resumes || !isCounted || this.#missing) return;
    this.tell({ type: 'position', id: mark });
    this.#isHandedOver = true;
  }

  /** Gives up the connection. */
  destroy(): void {
    this.socket.destroy();
  }

  /** The connection is being closed by something else. */
  protected closing(): void {
    if (!this.isClosing) this.#closeDue = performance.now() + this.terms.closeTimeout;
  }

  /** The connection has ended. */
  protected hasGone(): void {
    this.#closeDue = 0;
    this.#gone?.abort();
    for (const name of this.#memberships.keys()) this.leave(name);
    this.terms.connections.delete(this);
  }

  /** Counts a frame of the client; false if it has sent too many. */
  protected countFrame(): boolean {
    this.terms.counts.framesIn += 1;
    this.#framesThisSecond += 1;
    if (this.#framesThisSecond <= this.terms.maxFramesPerSecond) return true;
    this.close(closeCode.policyViolation, `more than ${this.terms.maxFramesPerSecond} frames in a second`);
    return false;
  }

  /** Sends a control message, where the client knows them. */
  tell(message: ControlMessage): void {
    if (this.buffered > this.terms.maxBuffer && this.resumes) this.#closeSlow();
    else this.#say(message);
  }

  /** A control message for the client; undefined if it does not know them. */
  protected abstract encodeControl(message: ControlMessage): Buffer | undefined;
  /** Asks for a sign of life. */
  protected abstract ping(): void;
  protected abstract write(bytes: Buffer): void;
  /** Says goodbye. */
  protected abstract end(code: number, reason: string): void;

  #say(message: ControlMessage): void {
    if (this.isClosing) return;
    if ('id' in message) this.#last = message.id;
    const bytes = this.encodeControl(message);
    if (bytes) this.write(bytes);
  }

  #miss(channel: Channel, entries: readonly Entry[], last: string): void {
    const { slowClient, counts } = this.terms;
    if (slowClient === 'close') {
      this.#closeSlow();
      return;
    }
    counts.dropped += entries.length;
    if (this.#missing === undefined) {
      this.#missing = new Map();
      this.socket.once('drain', () => this.#catchUp());
    }
    const known = this.#missing.get(channel);
    if (known) known.to = last;
    else this.#missing.set(channel, { from: this.#last ?? null, to: last });
  }

  #closeSlow(): void {
    this.terms.counts.slowCloses += 1;
    const position = this.#last === undefined ? '' : `; it was sent everything up to ${this.#last}`;
    this.close(closeCode.tryAgainLater, `the client reads too slowly${position}`);
  }

  /** The client has read what waited, and is told what it has missed. */
  #catchUp(): void {
    const missing = this.#missing ?? [];
    this.#missing = undefined;
    for (const [{ name: channel }, { from, to }] of missing) {
      this.tell({ type: 'gap', channel, from, to, reason: 'the client reads too slowly' });
    }
  }

  /** Has the channels keep their order among each other, once there are several. */
  #share(added: readonly Membership[]): void {
    if (this.#memberships.size < 2) return;
    const unordered = this.#isShared ? added : [...this.#memberships.values()];
    this.#isShared = true;
    for (const { channel } of unordered) channel.shared += 1;
  }

  /** What is written to several channels in one turn goes out together. */
  #cork(): void {
    if (this.#isCorked) return;
    this.#isCorked = true;
    this.socket.cork();
    setImmediate(() => {
      this.#isCorked = false;
      this.socket.uncork();
    });
  }

  #askForLife(now: number): void {
    this.ping();
    this.#pingDue = Number.POSITIVE_INFINITY;
    this.#pongDue = now + this.terms.ping.timeout;
  }

  #rest(now: number): void {
    this.#pongDue = Number.POSITIVE_INFINITY;
    this.#pingDue = now + this.terms.ping.interval;
  }

  /** Whether the client has shown life since this was asked last. */
  #hasMoved(): boolean {
    const progress = this.progress;
    const moved = progress !== this.#seen;
    this.#seen = progress;
    return moved;
  }
}
