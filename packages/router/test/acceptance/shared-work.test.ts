import { MessageType } from '@pgwamp/protocol';
import { expect } from 'chai';
import { Uri } from '../../src/index.ts';
import { startRouter } from '../support/router.ts';
import { WampClient } from '../support/wamp-client.ts';

const WORK = 'com.example.work';

describe('Work shared by several callees', () => {
  it('continues with the other callees when one is killed during a call', async () => {
    await using test = await startRouter();
    await using boss = await WampClient.attach(test.router);
    await using first = await WampClient.attach(test.router);
    await using second = await WampClient.attach(test.router);
    const registration = await first.register(WORK, { invoke: 'roundrobin' });
    expect(await second.register(WORK, { invoke: 'roundrobin' })).to.equal(registration);
    const left = await boss.subscribe('wamp.registration.on_unregister');
    boss.send([MessageType.CALL, boss.nextRequest(), {}, WORK]);
    expect((await first.next())[0]).to.equal(68);
    boss.send([MessageType.CALL, boss.nextRequest(), {}, 'wamp.session.kill', [first.session]]);
    const answers = [await boss.next(), await boss.next(), await boss.next()];
    expect(answers.find(([type]) => type === 8)?.[4]).to.equal(Uri.CANCELED);
    expect(answers.find(([type]) => type === 36)).to.include(left);
    expect(answers.find(([type]) => type === 50)).to.eql([MessageType.RESULT, 3, {}]);
    boss.send([MessageType.CALL, boss.nextRequest(), {}, WORK, ['again']]);
    const [, invocation, , , args] = await second.next();
    second.send([MessageType.YIELD, invocation, {}, args]);
    expect((await boss.next()).slice(2)).to.eql([{}, ['again']]);
    expect(await boss.request(48, {}, 'wamp.registration.list_callees', [registration])).to.eql([
      50,
      5,
      {},
      [[second.session]],
    ]);
  });

  it('falls back to the pattern when the exact procedure is unregistered', async () => {
    await using test = await startRouter();
    await using caller = await WampClient.attach(test.router);
    await using fallback = await WampClient.attach(test.router);
    await fallback.register('com.example.', { match: 'prefix' });
    const exact = await WampClient.attach(test.router);
    await exact.register(WORK);
    caller.send([MessageType.CALL, caller.nextRequest(), {}, WORK]);
    expect((await exact.next())[0]).to.equal(68);
    await exact[Symbol.asyncDispose]();
    expect((await caller.next())[4]).to.equal(Uri.CANCELED);
    caller.send([MessageType.CALL, caller.nextRequest(), {}, WORK]);
    const [type, , , details] = await fallback.next();
    expect(type).to.equal(68);
    expect(details).to.include({ procedure: WORK });
  });
});
