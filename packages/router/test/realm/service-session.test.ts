import { MessageType } from '@pgwamp/protocol';
import { expect } from 'chai';
import { JoinError, ServiceError } from '../../src/errors.ts';
import { Uri } from '../../src/index.ts';
import { ServiceSession } from '../../src/realm/service-session.ts';
import { within } from '../support/deadline.ts';
import { openRealm } from '../support/realm.ts';

const SERVICE = { authid: 'bridge', authrole: 'user', authmethod: 'internal', authprovider: 'router' };

async function failureOf(promise: Promise<unknown>): Promise<ServiceError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).to.be.instanceOf(ServiceError);
  return error as ServiceError;
}

describe('ServiceSession', () => {
  it('calls procedures of clients, and returns the result unchanged', async () => {
    const { realm, attach } = openRealm();
    await using callee = await attach();
    await callee.register('com.example.echo');
    const service = new ServiceSession(realm, SERVICE);
    const result = service.call('com.example.echo', [[1, null], 'x'], { deep: { key: [] } }, { disclose_me: true });
    const [type, invocation, , details, ...payload] = await callee.next();
    expect(type).to.equal(68);
    expect(details).to.include({ caller_authid: 'bridge', caller_authrole: 'user' });
    callee.send([MessageType.YIELD, invocation, {}, ...payload]);
    expect(await result).to.eql({ args: [[1, null], 'x'], kwargs: { deep: { key: [] } } });
  });

  it('returns empty lists and dictionaries for an empty result', async () => {
    const { realm, attach } = openRealm();
    await using callee = await attach();
    await callee.register('com.example.nothing');
    const result = new ServiceSession(realm, SERVICE).call('com.example.nothing');
    const invocation = await callee.next();
    expect(invocation).to.have.length(4);
    callee.send([MessageType.YIELD, invocation[1], {}]);
    expect(await result).to.eql({ args: [], kwargs: {} });
  });

  it('returns the last of several progressive results', async () => {
    const { realm, attach } = openRealm();
    await using callee = await attach();
    await callee.register('com.example.steps');
    const result = new ServiceSession(realm, SERVICE).call('com.example.steps', [], {}, { receive_progress: true });
    const [, invocation] = await callee.next();
    callee.send([MessageType.YIELD, invocation, { progress: true }, ['half']]);
    callee.send([MessageType.YIELD, invocation, {}, ['whole']]);
    expect((await result).args).to.eql(['whole']);
  });

  it('calls meta procedures', async () => {
    const { realm, attach } = openRealm();
    await using _ = await attach();
    expect(await new ServiceSession(realm, SERVICE).call('wamp.session.count')).to.eql({ args: [1], kwargs: {} });
  });

  it('rejects with the error of the callee or of the router', async () => {
    const { realm, attach } = openRealm();
    await using callee = await attach();
    await callee.register('com.example.fail');
    const service = new ServiceSession(realm, SERVICE);
    const failed = failureOf(service.call('com.example.fail'));
    const [, invocation] = await callee.next();
    callee.send([
      MessageType.ERROR,
      MessageType.INVOCATION,
      invocation,
      {},
      'com.example.error.oops',
      ['why'],
      { code: 7 },
    ]);
    expect(await failed).to.deep.include({ uri: 'com.example.error.oops', args: ['why'], kwargs: { code: 7 } });
    expect(await failureOf(service.call('com.example.missing'))).to.include({ uri: Uri.NO_SUCH_PROCEDURE });
    expect(await failureOf(service.publish('not a topic'))).to.include({ uri: Uri.INVALID_URI });
    expect(await failureOf(service.call('com.example.fail', [], {}, { timeout: 20 }))).to.have.property('uri');
  });

  it('rejects a request that would violate the protocol, and continues', async () => {
    const { realm, errors } = openRealm();
    const service = new ServiceSession(realm, SERVICE);
    const options = { ppt_scheme: 'x_custom' };
    const failure = await failureOf(service.publish('com.example.topic', [], {}, options));
    expect(failure).to.include({ uri: Uri.PROTOCOL_VIOLATION });
    expect(await service.publish('com.example.topic')).to.be.a('number');
    expect(errors).to.eql([]);
  });

  it('sends complete calls, for any options', async () => {
    const { realm, attach } = openRealm();
    await using callee = await attach();
    await callee.register('com.example.procedure');
    const result = new ServiceSession(realm, SERVICE).call('com.example.procedure', [1], {}, { progress: true });
    const settled = result.then(
      () => 'answered',
      () => 'refused',
    );
    const frames = await callee.pending();
    for (const frame of frames) callee.send([MessageType.YIELD, JSON.parse(frame)[1], {}, [1]]);
    expect(await within(settled, 'the call is over')).to.be.oneOf(['answered', 'refused']);
  });

  it('publishes, and returns the publication id', async () => {
    const { realm, attach } = openRealm();
    await using subscriber = await attach();
    const subscription = await subscriber.subscribe('com.example.topic');
    const publication = await new ServiceSession(realm, SERVICE).publish('com.example.topic', [1], { a: 2 });
    expect(await subscriber.next()).to.eql([MessageType.EVENT, subscription, publication, {}, [1], { a: 2 }]);
  });

  it('has the permissions of its role', async () => {
    const permissions = [{ uri: 'com.example.', match: 'prefix', allow: { publish: true } }] as const;
    const { realm } = openRealm([{ name: 'user', permissions }]);
    const service = new ServiceSession(realm, SERVICE);
    expect(await service.publish('com.example.topic')).to.be.a('number');
    expect(await failureOf(service.publish('org.topic'))).to.include({ uri: Uri.NOT_AUTHORIZED });
    expect(() => new ServiceSession(realm, { ...SERVICE, authrole: 'stranger' })).to.throw(JoinError);
  });

  it('waits for a dynamic authorizer', async () => {
    const { realm, attach } = openRealm([{ name: 'user', authorizer: 'com.example.authorize' }]);
    await using authorizer = await attach();
    await authorizer.register('com.example.authorize');
    const service = new ServiceSession(realm, SERVICE);
    const published = service.publish('com.example.topic');
    authorizer.send([MessageType.YIELD, (await authorizer.next())[1], {}, [true]]);
    expect(await published).to.be.a('number');
    const refused = failureOf(service.publish('com.example.topic'));
    authorizer.send([MessageType.YIELD, (await authorizer.next())[1], {}, [false]]);
    expect(await refused).to.include({ uri: Uri.NOT_AUTHORIZED });
  });

  it('is not listed by wamp.session.list', async () => {
    const { realm, attach } = openRealm();
    await using client = await attach();
    new ServiceSession(realm, SERVICE);
    expect((await client.request(48, {}, 'wamp.session.list'))[3]).to.eql([[client.session]]);
  });

  it('fails pending calls and leaves nothing behind when it is closed', async () => {
    const { realm, attach } = openRealm();
    await using callee = await attach();
    await callee.register('com.example.slow');
    const service = new ServiceSession(realm, SERVICE);
    const pending = failureOf(service.call('com.example.slow'));
    await callee.next();
    service.close();
    expect(await pending).to.include({ uri: Uri.CANCELED });
    expect(await failureOf(service.call('com.example.slow'))).to.include({ uri: Uri.CANCELED });
    expect(realm.dealer.calls.size).to.equal(0);
  });
});
