import { MessageType } from '@pgwamp/protocol';
import { expect } from 'chai';
import { Uri } from '../../src/index.ts';
import { startRouter } from '../support/router.ts';
import { WampClient } from '../support/wamp-client.ts';

/**
 * The specification's example: what is registered, and which call goes where. Its `c33` is `c7` here: it takes
 * `a1.b2.c3` for no prefix of `a1.b2.c33`, which by its own definition it is.
 */
const registrations = [
  ['exact', 'a1.b2.c3.d4.e55'],
  ['prefix', 'a1.b2.c3'],
  ['prefix', 'a1.b2.c3.d4'],
  ['wildcard', 'a1.b2..d4.e5'],
  ['wildcard', 'a1.b2.c7..e5'],
  ['wildcard', 'a1.b2..d4.e5..g7'],
  ['wildcard', 'a1.b2..d4..f6.g7'],
] as const;

const calls = [
  ['a1.b2.c3.d4.e55', 0],
  ['a1.b2.c3.d98.e74', 1],
  ['a1.b2.c3.d4.e325', 2],
  ['a1.b2.c55.d4.e5', 3],
  ['a1.b2.c7.d4.e5', 4],
  ['a1.b2.c88.d4.e5.f6.g7', 5],
] as const;

describe('Pattern-based registration', () => {
  it('receives a call if it is the best match, as in the example of the specification', async () => {
    await using test = await startRouter();
    await using callee = await WampClient.attach(test.router);
    await using caller = await WampClient.attach(test.router);
    const ids: number[] = [];
    for (const [match, uri] of registrations) ids.push(await callee.register(uri, { match }));
    for (const [procedure, index] of calls) {
      caller.send([MessageType.CALL, caller.nextRequest(), {}, procedure, ['argument']]);
      const [, , registration, details] = await callee.next();
      expect(registration, procedure).to.equal(ids[index]);
      expect(details).to.eql(index === 0 ? {} : { procedure });
    }
    expect((await caller.request(48, {}, 'a2.b2.c2.d2.e2'))[4]).to.equal(Uri.NO_SUCH_PROCEDURE);
  });

  it('may end within a component, as a prefix', async () => {
    await using test = await startRouter();
    await using callee = await WampClient.attach(test.router);
    await using caller = await WampClient.attach(test.router);
    for (const [prefix, procedure] of [
      ['com.myapp.myobject1', 'com.myapp.myobject1-mysubobject1'],
      ['com.other.', 'com.other.procedure'],
      ['', 'org.example'],
    ] as const) {
      await callee.register(prefix, { match: 'prefix' });
      caller.send([MessageType.CALL, caller.nextRequest(), {}, procedure]);
      expect((await callee.next())[3]).to.eql({ procedure });
    }
  });

  it('exists beside registrations of the same URI with another match policy', async () => {
    await using test = await startRouter();
    await using client = await WampClient.attach(test.router);
    const ids = new Set<number>();
    for (const match of ['exact', 'prefix', 'wildcard']) ids.add(await client.register('com.example', { match }));
    expect(ids.size).to.equal(3);
    for (const match of ['exact', 'prefix', 'wildcard']) {
      expect((await client.request(64, { match }, 'com.example'))[4]).to.equal(Uri.PROCEDURE_ALREADY_EXISTS);
    }
  });

  it('may be shared', async () => {
    await using test = await startRouter();
    await using one = await WampClient.attach(test.router);
    await using other = await WampClient.attach(test.router);
    await using caller = await WampClient.attach(test.router);
    const options = { match: 'wildcard', invoke: 'roundrobin' };
    const id = await one.register('com..example', options);
    expect(await other.register('com..example', options)).to.equal(id);
    for (const procedure of ['com.a.example', 'com.b.example'])
      caller.send([MessageType.CALL, caller.nextRequest(), {}, procedure]);
    expect((await one.next())[3]).to.eql({ procedure: 'com.a.example' });
    expect((await other.next())[3]).to.eql({ procedure: 'com.b.example' });
  });

  it('ends with UNREGISTER; the next best match receives later calls', async () => {
    await using test = await startRouter();
    await using callee = await WampClient.attach(test.router);
    await using caller = await WampClient.attach(test.router);
    const wide = await callee.register('com', { match: 'prefix' });
    const narrow = await callee.register('com.example', { match: 'prefix' });
    for (const id of [narrow, wide]) {
      caller.send([MessageType.CALL, caller.nextRequest(), {}, 'com.example.procedure']);
      expect((await callee.next())[2]).to.equal(id);
      await callee.request(66, id);
    }
    expect((await caller.request(48, {}, 'com.example.procedure'))[4]).to.equal(Uri.NO_SUCH_PROCEDURE);
  });

  it("never receives calls of the protocol's own procedures", async () => {
    await using test = await startRouter();
    await using callee = await WampClient.attach(test.router);
    await using caller = await WampClient.attach(test.router);
    await callee.register('', { match: 'prefix' });
    await callee.register('.session.none', { match: 'wildcard' });
    expect((await caller.request(48, {}, 'wamp.session.none'))[4]).to.equal(Uri.NO_SUCH_PROCEDURE);
    for (const [match, uri] of [
      ['prefix', 'wamp.'],
      ['prefix', 'wamp.session'],
      ['wildcard', 'wamp..get'],
      ['exact', 'wamp'],
    ]) {
      expect((await callee.request(64, { match }, uri))[4]).to.equal(Uri.INVALID_URI);
    }
  });

  it('is refused if it cannot match anything', async () => {
    await using test = await startRouter();
    await using client = await WampClient.attach(test.router);
    for (const [match, uri] of [
      ['exact', 'com..example'],
      ['exact', 'com.example.'],
      ['prefix', 'com..example'],
      ['prefix', 'com.exa mple'],
      ['wildcard', 'com.#.example'],
      ['wildcard', '.'.repeat(100)],
    ]) {
      expect((await client.request(64, { match }, uri))[4], uri).to.equal(Uri.INVALID_URI);
    }
    expect((await client.request(64, { match: 'regex' }, 'com.example'))[4]).to.equal(Uri.OPTION_NOT_ALLOWED);
  });

  it('does not make an invalid procedure URI valid', async () => {
    await using test = await startRouter();
    await using client = await WampClient.attach(test.router);
    await client.register('com', { match: 'prefix' });
    expect((await client.request(48, {}, 'com..example'))[4]).to.equal(Uri.INVALID_URI);
  });
});
