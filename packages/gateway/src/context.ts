import type { IncomingMessage } from 'node:http';
import type { Timeline } from './log/slots.ts';

/** Something that a channel says, whichever feed it comes by. */
export interface FeedMessage {
  /** What the feed was told to listen to: a channel, or one person's share of it, see {@link Feed.share}. */
  readonly channel: string;
  /** What clients are sent; bytes where it comes as bytes, so that it need not become a string. */
  readonly payload: string | Buffer;
  /** The position in the log, `LSN` or `LSN/index`; undefined of NOTIFY, whose messages the gateway counts. */
  readonly id?: string | undefined;
  /**
   * The end of its transaction in the log, which never falls from one message of a feed to the next; the ids do not rise like that. A
   * client that resumes from a position instead of an id gets every message whose `position` is greater.
   */
  readonly position?: bigint | undefined;
}

/** What a feed tells whoever gave it to itself. */
export interface FeedEvents {
  message(message: FeedMessage): void;
  /** Messages of these channels may be missing from here on. */
  interrupted(channels: readonly string[], reason: string): void;
  /** Nothing of these channels is missing any more from here on. */
  resumed(channels: readonly string[]): void;
  /** A channel ends for whoever listens to it, for example since its table was dropped: it is closed with this reason. */
  ended?(channel: string, reason: string): void;
}

/** From where on a feed knows a channel. */
export interface Listening {
  /** Of the log: everything of the channel that was committed after this position is in `past`, or will be told by `message`. */
  readonly since?: bigint | undefined;
  /** What was committed after `since` and before now, where the feed keeps it. */
  readonly past?: readonly FeedMessage[];
}

/** Where the messages of one kind of channel come from: NOTIFY, `topic:…` or `table:…`. */
export interface Feed {
  /**
   * Resolves when everything that is committed from now on arrives. Listening to a channel twice is a mistake of the caller's.
   *
   * @throws an error for the client, such as `ChannelRefusedError`.
   */
  listen(channel: string): Promise<Listening>;
  unlisten(channel: string): void;
  /**
   * What to listen to for a client that asks for a channel: clients with the same share get the same messages. Without it everybody
   * shares the channel itself.
   *
   * @throws `ChannelRefusedError`.
   */
  share?(channel: string, client: Client): string;
  /** How far the feed is, where it has positions: a client that has everything up to here may resume from it. */
  readonly position?: bigint | undefined;
  /** The timeline of its positions: those of another one cannot be compared with them. */
  readonly timeline?: Timeline | undefined;
}

/** Who is at the other end of a socket or of a request. */
export interface Client {
  /** What its token says; empty without authentication. */
  readonly claims: Readonly<Record<string, unknown>>;
  /** The role of PostgreSQL that reads rows and runs functions for it. */
  readonly role: string | undefined;
  /** When its token ends. */
  readonly expires: Date | undefined;
}

/** Who may connect, and listen to what. */
export interface Access {
  /**
   * Who asks, by the token of the request.
   *
   * @throws `TokenRefusedError`: the request is answered with 401.
   */
  authenticate(request: IncomingMessage): Promise<Client>;
  /**
   * Who holds a token that was sent by a socket that is open. The permissions of before stay in force.
   *
   * @throws `TokenRefusedError`, also if it is somebody else's.
   */
  renew(client: Client, token: string): Promise<Client>;
  /**
   * Resolves if a client may listen to a channel, until it is disposed of.
   *
   * @param revoked is called, once, when it may no longer.
   * @throws `ChannelRefusedError`: 403; `DatabaseLostError` if nobody can be asked: 503.
   */
  permit(client: Client, channel: string, revoked: Revoked): Promise<Disposable>;
}

/**
 * Told that a client may listen to a channel no longer.
 *
 * @param isTemporary whether that is only since nobody can be asked now.
 */
export type Revoked = (reason: string, isTemporary: boolean) => void;

/** Gives a text frame of a client to a function of the database. */
export interface Receiver {
  /**
   * @returns what the client is answered; undefined for nothing.
   * @throws `ReceiveError`, whose message is for the client.
   */
  receive(client: Client, channel: string, message: string): Promise<string | undefined>;
}

/** What a page is answered with. */
export interface PageAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** What the gateway serves beside its channels. */
export interface Pages {
  /** The answer to a GET of a path, with `base_path`; undefined if there is no such page. */
  answer(path: string, request: IncomingMessage): PageAnswer | undefined;
}
