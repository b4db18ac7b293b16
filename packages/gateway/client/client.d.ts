/**
 * A client of the Gateway for browsers, and for Node.js 22 or later: one file without dependencies. It speaks the subprotocol
 * `pgwamp.v1`, connects again when the connection is lost, and goes on where it was.
 *
 * @module
 */

/** A message of a channel. */
export interface Message {
  readonly channel: string;
  /** The position after this message; what a client says with `since` when it comes again. */
  readonly id: string;
  /** Exactly what was notified. */
  readonly payload: string;
}

/** Messages between two positions may be missing: read again what they told of. */
export interface Gap {
  readonly channel: string;
  /** The last position that is known to be complete; null if there is none. */
  readonly from: string | null;
  readonly to: string;
  readonly reason: string;
}

/** The state of a client: `waiting` before it connects again, `closed` for good. */
export type State = 'connecting' | 'open' | 'waiting' | 'closed';

/** What a client is to do. */
export interface Options {
  /** Channels and patterns to begin with; in a pattern, `*` stands for any characters. */
  readonly channels?: readonly string[];
  /** Where to go on: the `position` of a former client. Left out, it begins with what comes from now on. */
  readonly since?: string;
  /** The token to show, asked for whenever it connects; it reaches the gateway as a subprotocol, and so no log of addresses. */
  readonly token?: () => string | undefined | Promise<string | undefined>;
  /** Milliseconds of the first pause before it connects again, and of the longest; each is shortened by chance, down to a half. */
  readonly pause?: { readonly first: number; readonly max: number };
  /** Gets every message, in order. */
  onMessage(message: Message): void;
  /** Messages may be missing. */
  onGap?(gap: Gap): void;
  /** From here on, everything that commits arrives. */
  onListening?(channel: string): void;
  /** The gateway does not deliver a channel, or no longer. */
  onRefused?(channel: string, reason: string): void;
  /** A state has begun. `reason` is empty, or what the gateway has said. */
  onState?(state: State, reason: string): void;
}

/** A connection that comes back by itself. */
export interface Client {
  readonly state: State;
  /** Everything up to here has been given to `onMessage` or named by `onGap`; undefined before the gateway has said any. */
  readonly position: string | undefined;
  /** Listens to another channel or pattern. */
  subscribe(channel: string): void;
  /** Listens to a channel or pattern no more. */
  unsubscribe(channel: string): void;
  /**
   * Gives a message to the function of the database that the gateway has for that (`receive`).
   *
   * @returns what the function answers; null for nothing.
   * @throws `Error` with the reason, if it fails, or if the connection is lost before the answer.
   */
  send(payload: string, channel?: string): Promise<string | null>;
  /** Shows another token before the former one ends. */
  renew(token: string): Promise<void>;
  /** Closes the connection for good. */
  close(): void;
}

/**
 * Connects to a Gateway.
 *
 * @example
 * ```js
 * import { connect } from '@pgwamp/gateway/client';
 *
 * const client = connect('ws://localhost:7700/listen', {
 *   channels: ['people'],
 *   onMessage: ({ payload }) => console.log(JSON.parse(payload)),
 *   onGap: ({ reason }) => console.log('read everything again:', reason),
 * });
 * ```
 *
 * @param url - the address of the gateway, without a channel.
 */
export function connect(url: string | URL, options: Options): Client;
