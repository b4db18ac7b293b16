import type { Client, Feed } from '../context.ts';
import type { Entry } from './entry.ts';
import type { History } from './history.ts';

/** How entries become bytes for clients of one kind; one object for all of them, so that the bytes are made once. */
export interface Encoding {
  encode(channel: Channel, entries: readonly Entry[]): Buffer;
  /** The same for entries of the history, which many clients that come again together are sent. */
  encodeReplay(channel: Channel, entries: readonly Entry[]): Buffer;
}

/** A client as its channels see it. */
export interface Subscriber {
  readonly client: Client;
  readonly encoding: Encoding;
  /** Whether it comes again and says what it has: then its channels keep a history. */
  readonly resumes: boolean;
  /** Entries of a channel, encoded. */
  deliver(channel: Channel, entries: readonly Entry[], encoded: Buffer): void;
  /** Nothing arrives from a channel until it is told a gap. */
  interrupted(channel: Channel, reason: string): void;
  /** A channel has ended for everybody. */
  ended(channel: Channel, reason: string): void;
}

/** A channel that the gateway listens to, and who listens to it. */
export class Channel {
  /** What clients call it. */
  readonly name: string;
  /** What its feed calls it. */
  readonly key: string;
  readonly feed: Feed;
  readonly subscribers = new Set<Subscriber>();
  /** How many requests and clients need it. */
  holders = 0;
  /** How many of the subscribers listen to other channels as well, so that the order among channels matters. */
  shared = 0;
  /** Entries that subscribers are given at the end of the turn. */
  pending: Entry[] = [];
  /** Kept once there is a client that may come again. */
  history: History | undefined;
  /** Whether its ids are positions in the log. */
  isOfLog = false;
  /** The timeline of the log that its history is of. */
  timeline: string | undefined;
  isInForce = false;
  /** Settled when it is in force. */
  listening = Promise.withResolvers<void>();
  /** After which id, and why, messages may be missing; undefined while it is in force. */
  interruption: Entry['gap'];
  /** Ends it when nobody has needed it for some time. */
  closing: NodeJS.Timeout | undefined;

  constructor(name: string, key: string, feed: Feed) {
    this.name = name;
    this.key = key;
    this.feed = feed;
    // Nobody may be waiting.
    this.listening.promise.catch(() => undefined);
  }

  /** Gives the subscribers what is pending; its bytes are made once for each kind of client. */
  flush(): void {
    if (this.pending.length === 0) return;
    const entries = this.pending;
    this.pending = [];
    const encoded = new Map<Encoding, Buffer>();
    for (const subscriber of this.subscribers) {
      const { encoding } = subscriber;
      const bytes = encoded.get(encoding) ?? encoding.encode(this, entries);
      encoded.set(encoding, bytes);
      subscriber.deliver(this, entries, bytes);
    }
  }
}
