import { MessageType } from '@pgwamp/protocol';
import { expect } from 'chai';
import { type RoleOptions, Uri } from '../../src/index.ts';
import { startRouter } from '../support/router.ts';
import { WampClient } from '../support/wamp-client.ts';

const EVERYTHING = { call: true, register: true, publish: true, subscribe: true };

/** Guests talk to each other under com.example.chat; moderators may also look after the sessions. */
const ROLES: readonly RoleOptions[] = [
  {
    name: 'guest',
    permissions: [
      { uri: 'com.example.chat.', match: 'prefix', allow: EVERYTHING, disclose: { publisher: true } },
      { uri: 'wamp.session.count', allow: { call: true } },
      { uri: 'wamp.session.add_testament', allow: { call: true } },
    ],
  },
  {
    name: 'moderator',
    permissions: [
      { uri: 'com.example.chat.', match: 'prefix', allow: EVERYTHING },
      { uri: 'wamp.', match: 'prefix', allow: { call: true, subscribe: true } },
    ],
  },
];

const REALMS = [{ name: 'realm1', roles: ROLES }];
const ANN = { authid: 'ann', authrole: 'guest' };
const MAX = { authid: 'max', authrole: 'moderator' };

describe('Realm with moderators', () => {
  it('permits meta procedures to some roles only', async () => {
    await using test = await startRouter({ realms: REALMS });
    await using ann = await WampClient.attach(test.router, ANN);
    await using max = await WampClient.attach(test.router, MAX);
    expect(await ann.request(48, {}, 'wamp.session.count')).to.eql([MessageType.RESULT, 1, {}, [2]]);
    for (const procedure of ['wamp.session.kill', 'wamp.session.list', 'wamp.registration.list']) {
      expect((await ann.request(48, {}, procedure, [max.session]))[4], procedure).to.equal(Uri.NOT_AUTHORIZED);
    }
    expect((await max.request(48, {}, 'wamp.session.kill', [ann.session]))[0]).to.equal(50);
    expect((await ann.next())[0]).to.equal(6);
  });

  it('permits meta events to some roles only', async () => {
    await using test = await startRouter({ realms: REALMS });
    await using ann = await WampClient.attach(test.router, ANN);
    await using max = await WampClient.attach(test.router, MAX);
    for (const [match, topic] of [
      ['exact', 'wamp.session.on_join'],
      ['prefix', 'wamp.'],
      ['prefix', ''],
      ['wildcard', 'wamp..on_join'],
    ]) {
      expect((await ann.request(32, { match }, topic))[0], `${match} ${topic}`).to.equal(8);
    }
    expect((await max.request(32, { match: 'prefix' }, 'wamp.'))[0]).to.equal(33);
  });

  it('discloses publishers by role, and publishes the testament of a killed guest', async () => {
    await using test = await startRouter({ realms: REALMS });
    await using ann = await WampClient.attach(test.router, ANN);
    await using max = await WampClient.attach(test.router, MAX);
    await max.subscribe('com.example.chat.', { match: 'prefix' });
    await ann.publish('com.example.chat.room1', {}, ['hello']);
    const [, , , details, args] = await max.next();
    expect(details).to.include({ topic: 'com.example.chat.room1', publisher_authid: 'ann' });
    expect(args).to.eql(['hello']);
    await ann.request(48, {}, 'wamp.session.add_testament', ['com.example.chat.room1', ['bye'], {}]);
    // Allowed to be made, and refused when it would be published.
    await ann.request(48, {}, 'wamp.session.add_testament', ['com.example.office', ['secret'], {}]);
    await max.subscribe('com.example.office');
    const killed = max.request(48, {}, 'wamp.session.kill', [ann.session]);
    const [type, , , testament, words] = await killed;
    expect([type, words]).to.eql([MessageType.EVENT, ['bye']]);
    expect(testament).to.include({ topic: 'com.example.chat.room1', publisher_authid: 'ann' });
    expect((await max.next())[0]).to.equal(50);
    expect(await max.pending()).to.eql([]);
  });
});
