import type { Serializer } from '@pgwamp/protocol';
import type { Authenticate } from '../authentication/authentication.ts';
import type { Limits } from '../limits.ts';
import type { Realm } from '../realm/realm.ts';
import type { Counters } from '../stats.ts';
import type { Transport } from '../transports/transport.ts';
import type { Peer } from './peer.ts';
import type { SessionEnd } from './session-end.ts';

/** What a peer needs of the router. */
export interface PeerContext {
  readonly realms: ReadonlyMap<string, Realm>;
  readonly limits: Limits;
  readonly counters: Counters;
  readonly onSessionEnd: (end: SessionEnd) => void;
  readonly onError: (error: Error) => void;
  /** The connection is gone. */
  readonly onGone: (peer: Peer) => void;
}

/** How one client is connected, and who it is to be. */
export interface PeerConnection {
  readonly transport: Transport;
  readonly serializer: Serializer;
  readonly authenticate: Authenticate;
}
