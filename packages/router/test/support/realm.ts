import { json } from '@pgwamp/protocol';
import { type Authenticate, trust } from '../../src/authentication/index.ts';
import { DEFAULT_LIMITS, type FrameSocket, type Limits, type RoleOptions, type SessionEnd } from '../../src/index.ts';
import { UriRules } from '../../src/matching/uri-rules.ts';
import { Realm } from '../../src/realm/realm.ts';
import { PeerGroup } from '../../src/session/peer-group.ts';
import { Counters } from '../../src/stats.ts';
import { MemoryConnection } from '../../src/transports/memory.ts';
import { WampClient } from './wamp-client.ts';

/** A realm without a router around it, for tests of what the router does in a realm by itself. */
export interface TestRealm {
  readonly realm: Realm;
  readonly ends: SessionEnd[];
  readonly errors: Error[];
  attach(authrole?: string): Promise<WampClient>;
  /** Connects a client that has not said HELLO; without `authenticate` it is trusted. */
  connect(authenticate?: Authenticate): FrameSocket;
}

export function openRealm(roles?: readonly RoleOptions[], given: Partial<Limits> = {}): TestRealm {
  const limits = { ...DEFAULT_LIMITS, ...given };
  const counters = new Counters();
  const ends: SessionEnd[] = [];
  const errors: Error[] = [];
  const onError = (error: Error) => errors.push(error);
  const context = { uris: new UriRules('loose'), limits, counters, sequentialRequests: false, onError };
  const realm = new Realm('realm1', context, roles);
  const onSessionEnd = (end: SessionEnd) => ends.push(end);
  const peers = new PeerGroup({ realms: new Map([['realm1', realm]]), limits, counters, onSessionEnd, onError });
  const connect = (authenticate = trust(undefined, 'trusted')) => {
    const { client, transport } = new MemoryConnection(limits);
    peers.accept({ transport, serializer: json, authenticate });
    return client;
  };
  const attach = async (authrole = 'trusted') => {
    const client = WampClient.over(connect(trust(undefined, authrole)));
    await client.join();
    return client;
  };
  return { realm, ends, errors, attach, connect };
}
