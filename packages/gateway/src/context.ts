/** Something that a channel says, whichever feed it comes by. */
export interface FeedMessage {
  readonly channel: string;
  /** What clients are sent; bytes where it comes as bytes, so that it need not become a string. */
  readonly payload: string | Buffer;
  /** The position in the log, `LSN` or `LSN/index`; undefined of NOTIFY, whose messages the gateway counts. */
  readonly id?: string | undefined;
}

/** What a feed tells whoever gave it to itself. */
export interface FeedEvents {
  message(message: FeedMessage): void;
  /** Messages of these channels may be missing from here on. */
  interrupted(channels: readonly string[], reason: string): void;
  /** Nothing of these channels is missing any more from here on. */
  resumed(channels: readonly string[]): void;
}

/** Where the messages of one kind of channel come from: NOTIFY, `topic:…` or `table:…`. */
export interface Feed {
  /** Resolves when everything that is committed from now on arrives. Listening to a channel twice is a mistake of the caller's. */
  listen(channel: string): Promise<void>;
  unlisten(channel: string): void;
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
