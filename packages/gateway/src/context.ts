import type { IncomingMessage } from 'node:http';
import type { Timeline } from './log/slots.ts';

/** A message of a channel, from any feed. */
export interface FeedMessage {
  /** The key that the feed was asked to listen to: a channel, or a share of it, see {@link Feed.share}. */
  readonly channel: string;
  /** The payload for clients; a Buffer if it arrives as bytes, which avoids a conversion to a string. */
  readonly payload: string | Buffer;
  /** The position in the log, `LSN` or `LSN/index`; undefined of NOTIFY, whose messages the gateway counts. */
  readonly id?: string | undefined;
  /**
   * The end of its transaction in the log. It never decreases from one message of a feed to the next, whereas ids may.
   * A client that resumes from a position instead of an id receives every message whose `position` is greater.
   */
  readonly position?: bigint | undefined;
}

/** The events of a feed. */
export interface FeedEvents {
  message(message: FeedMessage): void;
  /** Messages of these channels may be missing from here on. */
  interrupted(channels: readonly string[], reason: string): void;
  /** Messages of these channels are complete again from here on. */
  resumed(channels: readonly string[]): void;
  /** A channel ends for all its listeners, for example because its table was dropped. It is closed with this reason. */
  ended?(channel: string, reason: string): void;
}

/** The state of a channel when a feed starts to listen to it. */
export interface Listening {
  /**
   * For the log: every message of the channel that was committed after this position is in `past`, or will arrive
   * through `message`.
   */
  readonly since?: bigint | undefined;
  /** The messages committed after `since` and before now, if the feed keeps them. */
  readonly past?: readonly FeedMessage[];
}

/** The source of the messages of one kind of channel: NOTIFY, `topic:…` or `table:…`. */
export interface Feed {
  /**
   * Resolves when LISTEN is in force: everything committed from now on arrives. The caller must not listen to a channel
   * twice.
   *
   * @throws an error for the client, such as `ChannelRefusedError`.
   */
  listen(channel: string): Promise<Listening>;
  unlisten(channel: string): void;
  /**
   * The key to listen to for a client that asks for a channel. Clients with the same key receive the same messages.
   * Without this method, all clients share the channel itself.
   *
   * @throws `ChannelRefusedError`.
   */
  share?(channel: string, client: Client): string;
  /**
   * The position that the feed has reached, if it has positions. A client that has everything up to it may resume from
   * it.
   */
  readonly position?: bigint | undefined;
  /** The timeline of its positions. Positions of different timelines cannot be compared. */
  readonly timeline?: Timeline | undefined;
}

/** The client of a socket or a request. */
export interface Client {
  /** The claims of its token; empty without authentication. */
  readonly claims: Readonly<Record<string, unknown>>;
  /** The PostgreSQL role that reads rows and runs functions for it. */
  readonly role: string | undefined;
  /** The time at which its token expires. */
  readonly expires: Date | undefined;
}

/** Checks whether a client may connect, and whether it may listen to a channel. */
export interface Access {
  /**
   * Authenticates the client by the token of the request.
   *
   * @throws `TokenRefusedError`: the request is answered with 401.
   */
  authenticate(request: IncomingMessage): Promise<Client>;
  /**
   * Authenticates a token sent over an open socket. Existing permissions stay in force.
   *
   * @throws `TokenRefusedError`, also if the token belongs to another client.
   */
  renew(client: Client, token: string): Promise<Client>;
  /**
   * Resolves if a client may listen to a channel, until the result is disposed of.
   *
   * @param revoked called once when the permission ends.
   * @throws `ChannelRefusedError`: 403; `DatabaseLostError` if the permission cannot be checked: 503.
   */
  permit(client: Client, channel: string, revoked: Revoked): Promise<Disposable>;
}

/**
 * Called when a client may no longer listen to a channel.
 *
 * @param isTemporary whether the only reason is that the permission cannot be checked now.
 */
export type Revoked = (reason: string, isTemporary: boolean) => void;

/** Passes a text frame of a client to a database function. */
export interface Receiver {
  /**
   * @returns the answer to the client; undefined for none.
   * @throws `ReceiveError`, whose message is for the client.
   */
  receive(client: Client, channel: string, message: string): Promise<string | undefined>;
}

/** The response with a page. */
export interface PageAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** The pages that the gateway serves besides its channels. */
export interface Pages {
  /** Returns the response to a GET of a path, including `base_path`; undefined if there is no such page. */
  answer(path: string, request: IncomingMessage): PageAnswer | undefined;
}
