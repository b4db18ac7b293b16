import type { Client, Feed } from '../context.ts';
import type { Entry } from './entry.ts';
import type { History } from './history.ts';

/**
 * The encoder for one kind of client. All clients of that kind share one object, so that each message is encoded once.
 */
export interface Encoding {
  encode(channel: Channel, entries: readonly Entry[]): Buffer;
  /** Encodes entries of the history, which many reconnecting clients receive. */
  encodeReplay(channel: Channel, entries: readonly Entry[]): Buffer;
}

/** The view of a client for its channels. */
export interface Subscriber {
  readonly client: Client;
  readonly encoding: Encoding;
  /** Whether the client can resume from an id. Its channels then keep a history. */
  readonly resumes: boolean;
  /** Delivers encoded entries of a channel. */
  deliver(channel: Channel, entries: readonly Entry[], encoded: Buffer): void;
  /** Reports that a channel delivers nothing until a gap is reported. */
  interrupted(channel: Channel, reason: string): void;
  /** Reports that a channel has ended for all clients. */
  ended(channel: Channel, reason: string): void;
}

/** A channel that the gateway listens to, and its subscribers. */
export class Channel {
  /** The name that clients use. */
  readonly name: string;
  /** The name that its feed uses. */
  readonly key: string;
  readonly feed: Feed;
  readonly subscribers = new Set<Subscriber>();
  /** The number of requests and clients that hold the channel. */
  holders = 0;
  /** The number of subscribers that also listen to other channels, so that the order across channels matters. */
  shared = 0;
  /** Entries that are delivered to subscribers at the end of the turn. */
  pending: Entry[] = [];
  /** The history; kept once a client that can resume has joined. */
  history: History | undefined;
  /** Whether its ids are positions in the log. */
  isOfLog = false;
  /** The timeline of the log that the history belongs to. */
  timeline: string | undefined;
  isInForce = false;
  /** Settled when LISTEN is in force. */
  listening = Promise.withResolvers<void>();
  /** While interrupted: the id after which messages may be missing, and the reason. */
  interruption: Entry['gap'];
  /** The timer that closes the channel after a time without holders. */
  closing: NodeJS.Timeout | undefined;

  constructor(name: string, key: string, feed: Feed) {
    this.name = name;
    this.key = key;
    this.feed = feed;
    // Nobody may be waiting, so a rejection must not be reported as unhandled.
    this.listening.promise.catch(() => undefined);
  }

  /** Delivers the pending entries to the subscribers, encoded once for each kind of client. */
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
