import { MessageType } from '@pgwamp/protocol';
import { expect } from 'chai';
import { createRouter, type PermissionOptions, type RoleOptions, RouterOptionError, Uri } from '../../src/index.ts';
import { startRouter, type TestRouter } from '../support/router.ts';
import { WampClient } from '../support/wamp-client.ts';

const ALL = { call: true, register: true, publish: true, subscribe: true };

function startWith(...permissions: PermissionOptions[]): Promise<TestRouter> {
  return startRouter({ realms: [{ name: 'realm1', roles: [{ name: 'user', permissions }] }] });
}

function attachUser({ router }: TestRouter): Promise<WampClient> {
  return WampClient.attach(router, { authrole: 'user' });
}

/** The outcome of a request: `allowed`, or the error. */
async function outcome(client: WampClient, type: number, options: object, uri: string): Promise<unknown> {
  const answer = await client.request(type, options, uri);
  if (answer[0] !== 8) return 'allowed';
  // No procedure is registered, which only callers with permission may learn.
  return answer[4] === Uri.NO_SUCH_PROCEDURE ? 'allowed' : answer[4];
}

const publish = (client: WampClient, uri: string) => outcome(client, 16, { acknowledge: true }, uri);
const subscribe = (client: WampClient, uri: string, options = {}) => outcome(client, 32, options, uri);

describe('Static authorization', () => {
  it('refuses URIs that are too long before it matches them', async () => {
    await using test = await startWith({ uri: '', match: 'prefix', allow: ALL });
    await using client = await attachUser(test);
    for (const uri of [`com.${'x'.repeat(4_100)}`, '.'.repeat(100_000)]) {
      for (const type of [MessageType.PUBLISH, MessageType.SUBSCRIBE, MessageType.REGISTER, MessageType.CALL]) {
        expect(await outcome(client, type, { acknowledge: true }, uri)).to.equal(Uri.INVALID_URI);
      }
    }
  });

  it('accepts the type "static", and refuses others', async () => {
    const roles: RoleOptions[] = [{ name: 'user', type: 'static', permissions: [] }];
    await using _ = await startRouter({ realms: [{ name: 'realm1', roles }] });
    for (const wrong of [
      { name: 'user', type: 'dynamic', permissions: [] },
      { name: 'user', type: 'static', authorizer: 'com.example.authorize' },
      { name: 'user', type: 'other' },
    ]) {
      expect(() => createRouter({ realms: [{ name: 'realm1', roles: [wrong as RoleOptions] }] }))
        .to.throw(RouterOptionError)
        .with.property('message')
        .that.contains('realms[0].roles[0].type');
    }
  });

  it('is off in a realm without roles', async () => {
    await using test = await startRouter();
    await using client = await attachUser(test);
    expect(await publish(client, 'com.example.topic')).to.equal('allowed');
  });

  it('permits only the configured actions of a role', async () => {
    await using test = await startWith({
      uri: 'com.example.',
      match: 'prefix',
      allow: { subscribe: true, call: true },
    });
    await using client = await attachUser(test);
    expect(await subscribe(client, 'com.example.topic')).to.equal('allowed');
    expect(await outcome(client, 48, {}, 'com.example.procedure')).to.equal('allowed');
    expect(await publish(client, 'com.example.topic')).to.equal(Uri.NOT_AUTHORIZED);
    expect(await outcome(client, 64, {}, 'com.example.procedure')).to.equal(Uri.NOT_AUTHORIZED);
    expect(await subscribe(client, 'com.other.topic')).to.equal(Uri.NOT_AUTHORIZED);
    expect(test.router.stats()).to.include({ subscriptions: 1, registrations: 0, refused: 4 });
  });

  it('drops a refused publication silently without acknowledge', async () => {
    await using test = await startWith({ uri: 'com.example.topic', match: 'exact', allow: { subscribe: true } });
    await using client = await attachUser(test);
    await using other = await attachUser(test);
    await other.subscribe('com.example.topic');
    client.send([MessageType.PUBLISH, client.nextRequest(), {}, 'com.example.topic', ['not to be seen']]);
    expect(await client.pending()).to.eql([]);
    expect(await other.pending()).to.eql([]);
  });

  it('applies the best match: the exact URI, else a wildcard, else the longest prefix', async () => {
    await using test = await startWith(
      { uri: '', match: 'prefix', allow: { publish: true } },
      { uri: 'com.example.', match: 'prefix', allow: {} },
      { uri: 'com.example.open.', match: 'prefix', allow: { publish: true } },
      { uri: 'com.example.open..secret', match: 'wildcard', allow: {} },
      { uri: 'com.example.open.my.secret', match: 'exact', allow: { publish: true } },
    );
    await using client = await attachUser(test);
    const expected = {
      'org.anything': 'allowed',
      'com.example.topic': Uri.NOT_AUTHORIZED,
      'com.example.open.topic': 'allowed',
      'com.example.open.your.secret': Uri.NOT_AUTHORIZED,
      'com.example.open.my.secret': 'allowed',
    };
    // Twice: what was found the first time is remembered.
    for (const [uri, wanted] of [...Object.entries(expected), ...Object.entries(expected)]) {
      expect(await publish(client, uri), uri).to.equal(wanted);
    }
  });

  it('reads a star at the end as a prefix, and a star as a component as a wildcard', async () => {
    await using test = await startWith(
      { uri: 'com.example.*', allow: { publish: true } },
      { uri: 'org.*.topic', allow: { publish: true } },
      { uri: 'net.example', allow: { publish: true } },
    );
    await using client = await attachUser(test);
    for (const uri of ['com.example.a.b', 'org.a.topic', 'net.example']) {
      expect(await publish(client, uri), uri).to.equal('allowed');
    }
    for (const uri of ['com.other', 'org.a.b.topic', 'net.example.a']) {
      expect(await publish(client, uri), uri).to.equal(Uri.NOT_AUTHORIZED);
    }
  });

  it('permits a pattern only if everything that matches it is permitted', async () => {
    await using test = await startWith(
      { uri: 'com.example.', match: 'prefix', allow: { subscribe: true } },
      { uri: 'com.example.topic', match: 'exact', allow: {} },
      { uri: 'org.topic', match: 'exact', allow: { subscribe: true } },
      { uri: 'net..topic', match: 'wildcard', allow: { subscribe: true } },
    );
    await using client = await attachUser(test);
    const allowed = [
      ['prefix', 'com.example.a'],
      ['prefix', 'com.example.topics'],
      ['wildcard', 'com.example..a'],
      ['wildcard', 'net..topic'],
      ['exact', 'org.topic'],
    ] as const;
    for (const [match, uri] of allowed) expect(await subscribe(client, uri, { match }), uri).to.equal('allowed');
    const denied = [
      ['prefix', 'com.'],
      ['prefix', 'com.example.'],
      ['wildcard', 'com.example.'],
      ['prefix', 'org.topic'],
      ['prefix', 'net.a.topic'],
      ['wildcard', '.example.a'],
      ['wildcard', 'net..'],
      ['wildcard', 'com..a'],
      ['exact', 'com.example.topic'],
    ] as const;
    for (const [match, uri] of denied) {
      expect(await subscribe(client, uri, { match }), uri).to.equal(Uri.NOT_AUTHORIZED);
    }
  });

  it('discloses publishers and callers if configured', async () => {
    await using test = await startWith(
      { uri: 'com.example.', match: 'prefix', allow: ALL, disclose: { publisher: true, caller: true } },
      { uri: 'com.example.quiet', match: 'exact', allow: ALL },
    );
    await using client = await attachUser(test);
    await using other = await WampClient.attach(test.router, { authrole: 'trusted' });
    await other.subscribe('com.example.topic');
    await other.subscribe('com.example.quiet');
    await other.register('com.example.procedure');
    await client.publish('com.example.topic');
    expect((await other.next())[3]).to.include({ publisher: client.session, publisher_authrole: 'user' });
    await client.publish('com.example.quiet');
    expect((await other.next())[3]).to.eql({});
    client.send([MessageType.CALL, client.nextRequest(), {}, 'com.example.procedure']);
    expect((await other.next())[3]).to.include({ caller: client.session, caller_authrole: 'user' });
  });

  it('applies to meta procedures too', async () => {
    await using test = await startWith({ uri: 'wamp.session.count', match: 'exact', allow: { call: true } });
    await using client = await attachUser(test);
    expect((await client.request(48, {}, 'wamp.session.count'))[0]).to.equal(50);
    expect((await client.request(48, {}, 'wamp.session.list'))[4]).to.equal(Uri.NOT_AUTHORIZED);
  });

  it('has a role "trusted" in every realm, which may do everything', async () => {
    await using test = await startWith();
    await using client = await WampClient.attach(test.router, { authrole: 'trusted' });
    expect(await publish(client, 'com.example.topic')).to.equal('allowed');
  });

  it('refuses sessions with a role that the realm does not have', async () => {
    await using test = await startWith();
    for (const identity of [{ authrole: 'stranger' }, {}]) {
      await using client = WampClient.over(test.router.attach(identity));
      client.send([MessageType.HELLO, 'realm1', { roles: { caller: {} } }]);
      const [type, , reason] = await client.next();
      expect([type, reason]).to.eql([MessageType.ABORT, Uri.NO_SUCH_ROLE]);
    }
  });

  const wrong: [path: string, role: unknown][] = [
    ['realms[0].roles[0].name', {}],
    ['realms[0].roles[0].permission', { name: 'user', permission: [] }],
    ['realms[0].roles[0].permissions[0].uri', { name: 'user', permissions: [{}] }],
    ['realms[0].roles[0].permissions[0].match', { name: 'user', permissions: [{ uri: 'a', match: 'fuzzy' }] }],
    [
      'realms[0].roles[0].permissions[0].allow.call',
      { name: 'user', permissions: [{ uri: 'a', allow: { call: 'yes' } }] },
    ],
    ['realms[0].roles[0]', { name: 'user', permissions: [], authorizer: 'com.example.authorize' }],
  ];
  for (const [path, role] of wrong) {
    it(`names the wrong option: ${path}`, () => {
      const realms = [{ name: 'realm1', roles: [role as RoleOptions] }];
      expect(() => createRouter({ realms }))
        .to.throw(RouterOptionError)
        .that.satisfies(({ message }: Error) => message.startsWith(`${path}: `));
    });
  }
});
