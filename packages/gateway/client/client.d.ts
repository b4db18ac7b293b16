/**
 * A client of the Gateway for browsers, and for Node.js 22 or later: one file without dependencies. It speaks the
 * subprotocol `pgwamp.v1`, reconnects after a loss, and resumes at its last position.
 *
 * @module
 */

/** A message of a channel. */
export interface Message {
  readonly channel: string;
  /** The position after this message, to be sent as `since` after a reconnect. */
  readonly id: string;
  /** Exactly the payload of the notification. */
  readonly payload: string;
}

/** Messages between two positions may be missing: the application has to read the data again. */
export interface Gap {
  readonly channel: string;
  /** The last position that is known to be complete; null if there is none. */
  readonly from: string | null;
  readonly to: string;
  readonly reason: string;
}

/** The state of a client: `waiting` before it reconnects, `closed` finally. */
export type State = 'connecting' | 'open' | 'waiting' | 'closed';

/** The options of a client. */
export interface Options {
  /** Channels and patterns to subscribe to at the start; in a pattern, `*` matches any characters. */
  readonly channels?: readonly string[];
  /**
   * The position to resume from: the `position` of a former client. Without it, the client starts with new messages.
   */
  readonly since?: string;
  /**
   * Returns the token; called for each connection. It is sent as a subprotocol, so that it appears in no log of
   * addresses.
   */
  readonly token?: () => string | undefined | Promise<string | undefined>;
  /**
   * The first and the longest pause before a reconnect, in milliseconds. Each pause is shortened randomly by up to a
   * half.
   */
  readonly pause?: { readonly first: number; readonly max: number };
  /** Called for each message, in order. */
  onMessage(message: Message): void;
  /** Called when messages may be missing. */
  onGap?(gap: Gap): void;
  /** Called when LISTEN is in force: every message committed from here on arrives. */
  onListening?(channel: string): void;
  /** Called when the gateway refuses a channel or stops delivering it. */
  onRefused?(channel: string, reason: string): void;
  /** Called when the state changes. `reason` is empty, or the reason given by the gateway. */
  onState?(state: State, reason: string): void;
}

/** A connection that reconnects automatically. */
export interface Client {
  readonly state: State;
  /**
   * All messages up to this position were passed to `onMessage` or covered by `onGap`; undefined before the first
   * position.
   */
  readonly position: string | undefined;
  /** Subscribes to another channel or pattern. */
  subscribe(channel: string): void;
  /** Unsubscribes from a channel or pattern. */
  unsubscribe(channel: string): void;
  /**
   * Sends a message to the database function that the gateway is configured with (`receive`).
   *
   * @returns the result of the function; null if it has none.
   * @throws `Error` with the reason, if the function fails or the connection is lost before the answer.
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
