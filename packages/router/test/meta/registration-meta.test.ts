import { expect } from 'chai';
import { Uri } from '../../src/index.ts';
import { metaEvents, metaProcedures } from '../support/meta.ts';
import { startRouter } from '../support/router.ts';
import { WampClient } from '../support/wamp-client.ts';

const PROCEDURE = 'com.example.procedure';

const { ask, refusal } = metaProcedures('wamp.registration.');

describe('Registration meta procedures', () => {
  it('are announced by the dealer', async () => {
    await using test = await startRouter();
    await using client = await WampClient.attach(test.router);
    const { dealer } = client.welcome.roles as Record<string, { features: Record<string, boolean> }>;
    expect(dealer?.features.registration_meta_api).to.equal(true);
  });

  it('list registrations by match policy, without those of the router', async () => {
    await using test = await startRouter();
    await using client = await WampClient.attach(test.router);
    const exact = [await client.register(PROCEDURE), await client.register('com.example.other')];
    const prefix = [await client.register('com.example', { match: 'prefix' })];
    const wildcard = [await client.register('com..procedure', { match: 'wildcard' })];
    expect(await ask(client, 'list')).to.eql({ exact, prefix, wildcard });
  });

  it('look up a registration by its URI and match policy', async () => {
    await using test = await startRouter();
    await using client = await WampClient.attach(test.router);
    const exact = await client.register(PROCEDURE);
    const prefix = await client.register('com.example', { match: 'prefix' });
    expect(await ask(client, 'lookup', [PROCEDURE])).to.equal(exact);
    expect(await ask(client, 'lookup', ['com.example', { match: 'prefix' }])).to.equal(prefix);
    expect(await ask(client, 'lookup', ['com.example'])).to.equal(null);
  });

  it('return the registration that a call would use', async () => {
    await using test = await startRouter();
    await using client = await WampClient.attach(test.router);
    const exact = await client.register(PROCEDURE);
    const prefix = await client.register('com.example', { match: 'prefix' });
    expect(await ask(client, 'match', [PROCEDURE])).to.equal(exact);
    expect(await ask(client, 'match', ['com.example.other'])).to.equal(prefix);
    expect(await ask(client, 'match', ['org.example'])).to.equal(null);
  });

  it('return the details and the callees of a registration', async () => {
    await using test = await startRouter();
    await using first = await WampClient.attach(test.router);
    await using second = await WampClient.attach(test.router);
    const id = await first.register(PROCEDURE, { invoke: 'roundrobin' });
    await second.register(PROCEDURE, { invoke: 'roundrobin' });
    const details = (await ask(first, 'get', [id])) as Record<string, string>;
    expect(details).to.include({ id, uri: PROCEDURE, match: 'exact', invoke: 'roundrobin' });
    expect(new Date(details.created ?? '').toISOString()).to.equal(details.created);
    expect(await ask(first, 'list_callees', [id])).to.eql([first.session, second.session]);
    expect(await ask(first, 'count_callees', [id])).to.equal(2);
  });

  it('refuse an unknown registration, and wrong arguments', async () => {
    await using test = await startRouter();
    await using client = await WampClient.attach(test.router);
    for (const procedure of ['get', 'list_callees', 'count_callees']) {
      expect(await refusal(client, procedure, [1])).to.equal(Uri.NO_SUCH_REGISTRATION);
      expect(await refusal(client, procedure, [null])).to.equal(Uri.INVALID_ARGUMENT);
    }
    expect(await refusal(client, 'match')).to.equal(Uri.INVALID_ARGUMENT);
    expect(await refusal(client, 'lookup', [PROCEDURE, 'prefix'])).to.equal(Uri.INVALID_ARGUMENT);
  });
});

describe('Registration meta events', () => {
  it('report on_create, on_register, on_unregister and on_delete, in this order', async () => {
    await using test = await startRouter();
    await using watcher = await WampClient.attach(test.router);
    const events = await metaEvents(watcher, 'wamp.registration.', [
      'on_create',
      'on_register',
      'on_unregister',
      'on_delete',
    ]);
    await using first = await WampClient.attach(test.router);
    await using second = await WampClient.attach(test.router);
    const id = await first.register(PROCEDURE, { invoke: 'random' });
    await second.register(PROCEDURE, { invoke: 'random' });
    await first.request(66, id);
    await second[Symbol.asyncDispose]();
    expect(await events()).to.eql([
      ['on_create', first.session, id],
      ['on_register', first.session, id],
      ['on_register', second.session, id],
      ['on_unregister', first.session, id],
      ['on_unregister', second.session, id],
      ['on_delete', second.session, id],
    ]);
  });
});
