import type { Dict } from '@pgwamp/protocol';

/** The identity of a session, established when it joined. */
export interface Identity {
  readonly authid: string;
  readonly authrole: string;
  readonly authmethod: string;
  readonly authprovider: string;
  /** Further data of the authentication for the client, sent in WELCOME. */
  readonly authextra?: Readonly<Record<string, unknown>>;
}

/** The connection of a client, described for people. */
export interface Connection {
  /** `websocket`, `rawsocket`, `memory`. */
  readonly kind: string;
  /** The address of the client. */
  readonly peer: string;
}

/** The connection of a session. */
export interface SessionConnection extends Connection {
  /** The bytes that the client has not taken yet. */
  readonly bufferedAmount: number;
}

/** The public view of a session. */
export interface Client {
  readonly id: number;
  readonly identity: Identity;
  readonly transport: Connection;
}

/**
 * The public details of a session: the payload of `wamp.session.on_join`, the result of `wamp.session.get` and, with
 * `authextra`, an argument of authorizers.
 *
 * @see https://wamp-proto.org/wamp_latest_ietf.html#name-session-meta-api
 */
export function sessionDetails({ id, identity, transport }: Client): Dict {
  const { authid, authrole, authmethod, authprovider } = identity;
  const { kind, peer } = transport;
  return { session: id, authid, authrole, authmethod, authprovider, transport: { type: kind, peer } };
}
