import { json, MessageType } from '@pgwamp/protocol';
import { expect } from 'chai';
import { trust } from '../src/authentication/index.ts';
import { DEFAULT_LIMITS, type SessionEnd } from '../src/index.ts';
import { UriRules } from '../src/matching/uri-rules.ts';
import { Realm } from '../src/realm/realm.ts';

import { PeerGroup } from '../src/session/peer-group.ts';
import { Counters } from '../src/stats.ts';
import { MemoryConnection } from '../src/transports/memory.ts';
import { WampClient } from './support/wamp-client.ts';

/** A realm with a bug. */
class FaultyRealm extends Realm {
  override handle(): never {
    throw new Error('a bug');
  }
}

describe('Internal error of the router', () => {
  it('is reported, and ends the session concerned', async () => {
    const counters = new Counters();
    const limits = DEFAULT_LIMITS;
    const context = { uris: new UriRules('loose'), limits, counters, sequentialRequests: false };
    const errors: Error[] = [];
    const onError = (error: Error) => errors.push(error);
    const realm = new FaultyRealm('realm1', { ...context, onError });
    const ends: SessionEnd[] = [];
    const { client: socket, transport } = new MemoryConnection(limits);
    const peers = new PeerGroup({
      realms: new Map([['realm1', realm]]),
      limits,
      counters,
      onSessionEnd: (end) => ends.push(end),
      onError,
    });
    peers.accept({ transport, serializer: json, authenticate: trust(undefined, undefined) });
    await using client = WampClient.over(socket);
    await client.join();
    client.send([MessageType.SUBSCRIBE, 1, {}, 'com.example.topic']);
    expect((await client.next())[0]).to.equal(3);
    await client.closed;
    expect(errors.map(({ message }) => message)).to.eql(['a bug']);
    expect(ends.map(({ cause }) => cause)).to.eql(['fault']);
    expect(realm.info.sessions).to.equal(0);
  });
});
