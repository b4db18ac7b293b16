import type { Dict } from '@pgwamp/protocol';

/** Who a session is, as established when it joined. */
export interface Identity {
  readonly authid: string;
  readonly authrole: string;
  readonly authmethod: string;
  readonly authprovider: string;
  /** What the authentication adds for the client, sent in WELCOME. */
  readonly authextra?: Readonly<Record<string, unknown>>;
}

/** How a client is connected, for people. */
export interface Connection {
  /** `websocket`, `rawsocket`, `memory`. */
  readonly kind: string;
  /** The address of the other end. */
  readonly peer: string;
}

/** The connection of a session. */
export interface SessionConnection extends Connection {
  /** Bytes that the other end has not taken yet. */
  readonly bufferedAmount: number;
}

/** A session as others see it. */
export interface Client {
  readonly id: number;
  readonly identity: Identity;
  readonly transport: Connection;
}

/**
 * What others may know of a session: the payload of `wamp.session.on_join`, the result of `wamp.session.get` and, with
 * `authextra`, an argument of authorizers.
 *
 * @see https://wamp-proto.org/wamp_latest_ietf.html#name-session-meta-api
 */
export function sessionDetails({ id, identity, transport }: Client): Dict {
  const { authid, authrole, authmethod, authprovider } = identity;
  const { kind, peer } = transport;
  return { session: id, authid, authrole, authmethod, authprovider, transport: { type: kind, peer } };
}
