import type { Socket } from 'node:net';
import type { Channel, Encoding, Subscriber } from '../channels/channel.ts';
import type { Entry } from '../channels/entry.ts';
import type { Hub } from '../channels/hub.ts';
import type { Since } from '../channels/since.ts';
import type { Client } from '../context.ts';
import { type ControlMessage, closeCode } from './wire-protocol.ts';

/** The options and counters that all connections share. */
export interface ConnectionTerms {
  readonly hub: Hub;
  /** Limit of bytes that wait for a slow client. */
  readonly maxBuffer: number;
  readonly slowClient: 'close' | 'drop';
  readonly onInterruption: 'keep' | 'close';
  /** In milliseconds; an interval of 0 disables pings. */
  readonly ping: { readonly interval: number; readonly timeout: number };
  /** Time limit of a client's answer to a close, in milliseconds. */
  readonly closeTimeout: number;
  readonly maxFramesPerSecond: number;
  readonly counts: ConnectionCounts;
  /** All open connections. */
  readonly connections: { add(connection: Connection): void; delete(connection: Connection): void };
}

/** Counters of connections since the creation of the gateway. */
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
  /** The permission to listen; it ends with the membership. */
  readonly permission: Disposable;
}

/**
 * A connected client: a WebSocket, or a response of server-sent events. It receives encoded entries and writes them to
 * its socket unchanged. For a slow client, the number of waiting bytes is limited: beyond it, the client is closed or
 * misses messages.
 */
export abstract class Connection implements Subscriber {
  client: Client;
  abstract readonly encoding: Encoding;
  abstract readonly resumes: boolean;
  protected readonly socket: Socket;
  protected readonly terms: ConnectionTerms;
  /** By the channel names that the client uses. */
  readonly #memberships = new Map<string, Membership>();
  /** The id of the last frame sent. */
  #last: string | undefined;
  /** Set while the client is too slow to be sent anything: the missed range of each channel. */
  #missing: Map<Channel, { readonly from: string | null; to: string }> | undefined;
  /** Whether the client listens, or has listened, to several channels. */
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
    // Randomized, so that clients that connect at the same time are not pinged at the same time.
    this.#pingDue =
      interval === 0 ? Number.POSITIVE_INFINITY : performance.now() + interval * (0.5 + Math.random() / 2);
    terms.counts.opened += 1;
    terms.connections.add(this);
  }

  /** The channels of the client. */
  get memberships(): ReadonlyMap<string, Membership> {
    return this.#memberships;
  }

  /** The bytes that wait to be sent. */
  get buffered(): number {
    return this.socket.writableLength;
  }

  /** A number that changes whenever the client is active. */
  protected get progress(): number {
    return this.socket.bytesRead;
  }

  /** Aborted at the end of the connection. */
  get gone(): AbortSignal {
    this.#gone ??= new AbortController();
    return this.#gone.signal;
  }

  get isClosing(): boolean {
    return this.#closeDue !== Number.POSITIVE_INFINITY;
  }

  /** Subscribes to channels that the client holds, and sends the entries that it has missed. */
  join(memberships: readonly Membership[], since?: Since): void {
    const { hub } = this.terms;
    for (const membership of memberships) this.#memberships.set(membership.channel.name, membership);
    this.#share(memberships);
    const channels = memberships.map(({ channel }) => channel);
    for (const { channel, entries } of hub.join(this, channels, since)) {
      this.deliver(channel, entries, this.encoding.encodeReplay(channel, entries));
    }
    for (const channel of channels) this.confirm(channel);
  }

  /** Reports that LISTEN is in force for a channel. */
  confirm(channel: Channel): void {
    // The missed entries before it may exceed the limit, and this message belongs to them.
    this.#say({ type: 'listening', channel: channel.name, id: this.terms.hub.idOf(channel) });
  }

  /** Unsubscribes from a channel. */
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
   * Removes a channel from a client that did not ask for it.
   *
   * @param isTemporary whether the client may try again: then the connection is closed, since the client would not
   *   subscribe again on its own.
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

  /** Runs once a second: checks pings and deadlines, and resets the frame limit. */
  tick(now: number): void {
    this.#framesThisSecond = 0;
    if (this.isClosing) {
      if (now >= this.#closeDue) this.destroy();
    } else if (this.client.expires !== undefined && Date.now() >= this.client.expires.getTime()) {
      this.close(closeCode.tokenExpired, 'the token has expired');
    } else if (now >= this.#pongDue) {
      if (this.#hasMoved()) this.#rest(now);
      else this.destroy();
    } else if (now >= this.#pingDue) {
      if (this.#hasMoved()) this.#rest(now);
      else this.#askForLife(now);
    }
  }

  /** Closes the connection with a code and a reason. */
  close(code: number, reason: string): void {
    if (this.isClosing) return;
    this.#closeDue = performance.now() + this.terms.closeTimeout;
    this.end(code, reason);
  }

  /** Sends the final position to a client that can resume at another gateway, and nothing after it. */
  handOver(mark: string): void {
    const isCounted = [...this.#memberships.values()].some(({ channel }) => !channel.isOfLog);
    if (!this.resumes || !isCounted || this.#missing) return;
    this.tell({ type: 'position', id: mark });
    this.#isHandedOver = true;
  }

  /** Destroys the connection. */
  destroy(): void {
    this.socket.destroy();
  }

  /** Notes that the connection is being closed from elsewhere. */
  protected closing(): void {
    if (!this.isClosing) this.#closeDue = performance.now() + this.terms.closeTimeout;
  }

  /** Cleans up after the end of the connection. */
  protected hasGone(): void {
    this.#closeDue = 0;
    this.#gone?.abort();
    for (const name of this.#memberships.keys()) this.leave(name);
    this.terms.connections.delete(this);
  }

  /** Counts a frame of the client; returns false if the client exceeds its limit. */
  protected countFrame(): boolean {
    this.terms.counts.framesIn += 1;
    this.#framesThisSecond += 1;
    if (this.#framesThisSecond <= this.terms.maxFramesPerSecond) return true;
    this.close(closeCode.policyViolation, `more than ${this.terms.maxFramesPerSecond} frames in a second`);
    return false;
  }

  /** Sends a control message, if the client supports them. */
  tell(message: ControlMessage): void {
    if (this.buffered > this.terms.maxBuffer && this.resumes) this.#closeSlow();
    else this.#say(message);
  }

  /** Encodes a control message; undefined if the client does not support them. */
  protected abstract encodeControl(message: ControlMessage): Buffer | undefined;
  /** Sends a ping. */
  protected abstract ping(): void;
  protected abstract write(bytes: Buffer): void;
  /** Sends the close. */
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
    const position = this.#last === undefined ? '' : `; everything up to ${this.#last} was sent`;
    this.close(closeCode.tryAgainLater, `the client reads too slowly${position}`);
  }

  /** Sends gaps for the missed entries after the client has read the waiting messages. */
  #catchUp(): void {
    const missing = this.#missing ?? [];
    this.#missing = undefined;
    for (const [{ name: channel }, { from, to }] of missing) {
      this.tell({ type: 'gap', channel, from, to, reason: 'the client reads too slowly' });
    }
  }

  /** Makes the channels keep their mutual order, once the client has several. */
  #share(added: readonly Membership[]): void {
    if (this.#memberships.size < 2) return;
    const unordered = this.#isShared ? added : [...this.#memberships.values()];
    this.#isShared = true;
    for (const { channel } of unordered) channel.shared += 1;
  }

  /** Entries of several channels in one turn are written together. */
  #cork(): void {
    if (this.#isCorked) return;
    this.#isCorked = true;
    this.socket.cork();
    process.nextTick(() => {
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

  /** Whether the client was active since the last check. */
  #hasMoved(): boolean {
    const progress = this.progress;
    const moved = progress !== this.#seen;
    this.#seen = progress;
    return moved;
  }
}
