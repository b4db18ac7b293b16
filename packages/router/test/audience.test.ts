import { MessageType } from '@pgwamp/protocol';
import { expect } from 'chai';
import { Uri } from '../src/index.ts';
import { startRouter } from './support/router.ts';
import { WampClient } from './support/wamp-client.ts';

const TOPIC = 'com.example.topic';

interface People {
  readonly publisher: WampClient;
  readonly joe: WampClient;
  readonly sue: WampClient;
  readonly bob: WampClient;
}

type Options = Record<string, unknown>;

const cases: readonly [what: string, options: (people: People) => Options, receivers: (keyof People)[]][] = [
  ['everyone but the publisher', () => ({}), ['joe', 'sue', 'bob']],
  ['exclude_me: true', () => ({ exclude_me: true }), ['joe', 'sue', 'bob']],
  ['exclude_me: false', () => ({ exclude_me: false }), ['publisher', 'joe', 'sue', 'bob']],
  ['exclude', ({ joe, bob }) => ({ exclude: [joe.session, bob.session] }), ['sue']],
  ['exclude: []', () => ({ exclude: [] }), ['joe', 'sue', 'bob']],
  ['eligible', ({ joe }) => ({ eligible: [joe.session, 1] }), ['joe']],
  ['eligible: []', () => ({ eligible: [] }), []],
  ['eligible: null', () => ({ eligible: null }), ['joe', 'sue', 'bob']],
  [
    'eligible and exclude',
    ({ joe, sue }) => ({ eligible: [joe.session, sue.session], exclude: [sue.session] }),
    ['joe'],
  ],
  ['the publisher, eligible', ({ publisher }) => ({ eligible: [publisher.session] }), []],
  [
    'the publisher, eligible and not excluded',
    ({ publisher }) => ({ eligible: [publisher.session], exclude_me: false }),
    ['publisher'],
  ],
  ['exclude_authid', () => ({ exclude_authid: ['joe'] }), ['sue', 'bob']],
  ['eligible_authid', () => ({ eligible_authid: ['joe', 'bob'] }), ['joe', 'bob']],
  ['eligible_authid: []', () => ({ eligible_authid: [] }), []],
  ['exclude_authrole', () => ({ exclude_authrole: ['staff'] }), ['bob']],
  ['eligible_authrole', () => ({ eligible_authrole: ['staff'] }), ['joe', 'sue']],
  ['combined lists', () => ({ eligible_authrole: ['staff'], exclude_authid: ['sue'] }), ['joe']],
];

describe('Audience of a publication', () => {
  for (const [what, options, receivers] of cases) {
    it(what, async () => {
      await using test = await startRouter();
      await using publisher = await WampClient.attach(test.router, { authid: 'ann', authrole: 'boss' });
      await using joe = await WampClient.attach(test.router, { authid: 'joe', authrole: 'staff' });
      await using sue = await WampClient.attach(test.router, { authid: 'sue', authrole: 'staff' });
      await using bob = await WampClient.attach(test.router, { authid: 'bob', authrole: 'guest' });
      const people = { publisher, joe, sue, bob };
      for (const client of Object.values(people)) await client.subscribe(TOPIC);
      publisher.send([MessageType.PUBLISH, 2, options(people), TOPIC]);
      const received: string[] = [];
      // The publisher first: its round trip is what makes sure that the publication has been handled.
      for (const [name, client] of Object.entries(people)) {
        if ((await client.pending()).length > 0) received.push(name);
      }
      expect(received).to.eql(receivers);
    });
  }

  it('refuses lists of the wrong type, instead of publishing to everyone', async () => {
    await using test = await startRouter();
    await using publisher = await WampClient.attach(test.router);
    await using subscriber = await WampClient.attach(test.router);
    await subscriber.subscribe(TOPIC);
    const wrong = { eligible: 5, exclude: ['1'], eligible_authid: [1], exclude_authid: 'joe', eligible_authrole: {} };
    for (const [name, list] of Object.entries(wrong)) {
      const [type, , , , error, [words]] = (await publisher.publish(TOPIC, { [name]: list })) as [
        number,
        number,
        number,
        object,
        string,
        [string],
      ];
      expect([type, error]).to.eql([MessageType.ERROR, Uri.INVALID_ARGUMENT]);
      expect(words).to.contain(name);
    }
    expect(await subscriber.pending()).to.eql([]);
  });
});
