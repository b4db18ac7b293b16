import { MessageType } from '@pgwamp/protocol';
import { expect } from 'chai';
import { Uri } from '../../src/index.ts';
import { startRouter } from '../support/router.ts';
import { WampClient } from '../support/wamp-client.ts';

const PROCEDURE = 'com.example.procedure';
const hop = { session: 17, authid: 'joe', authrole: 'staff' };

async function openStage(registration: object = {}) {
  await using stack = new AsyncDisposableStack();
  const { router } = stack.use(await startRouter());
  const callee = stack.use(await WampClient.attach(router));
  const caller = stack.use(await WampClient.attach(router));
  await callee.register(PROCEDURE, registration);
  const all = stack.move();
  const call = (options: object) => caller.send([MessageType.CALL, caller.nextRequest(), options, PROCEDURE]);
  return { callee, caller, call, [Symbol.asyncDispose]: () => all.disposeAsync() };
}

describe('forward_for', () => {
  it('passes the hops of the caller to the callee unchanged', async () => {
    await using stage = await openStage();
    for (const forward_for of [[hop], [{ authid: 'app', authrole: 'clerk' }, hop], [{}, { session: 2 ** 53 }]]) {
      stage.call({ forward_for });
      expect((await stage.callee.next())[3]).to.eql({ forward_for });
    }
  });

  it('is passed with each of many calls over WebSocket, where options that come again are kept', async () => {
    await using stack = new AsyncDisposableStack();
    const { url } = stack.use(await startRouter());
    const [caller, callee] = [await WampClient.open(url), await WampClient.open(url)];
    await callee.register(PROCEDURE);
    const last = { authid: 'jim' };
    for (const forward_for of [[hop], [last], [hop], [hop, last], [hop]]) {
      for (const disclose_me of [false, true]) {
        caller.send([MessageType.CALL, caller.nextRequest(), { disclose_me, forward_for }, PROCEDURE]);
        const [, , , details] = await callee.next();
        expect(details).to.deep.include({ forward_for });
        expect('caller' in (details as object)).to.equal(disclose_me);
      }
    }
  });

  it('is passed in addition to other details', async () => {
    await using stage = await openStage();
    stage.call({ forward_for: [hop], disclose_me: true });
    const [, , , details] = await stage.callee.next();
    expect(details)
      .to.include({ caller: stage.caller.session })
      .and.deep.include({ forward_for: [hop] });
  });

  it('is passed with a call that had to wait for the callee', async () => {
    await using stage = await openStage({ concurrency: 1 });
    stage.call({});
    stage.call({ forward_for: [hop] });
    const [, first] = await stage.callee.next();
    stage.callee.send([MessageType.YIELD, first, {}]);
    expect((await stage.callee.next())[3]).to.eql({ forward_for: [hop] });
  });

  it('omits empty values, and unknown keys of a hop', async () => {
    await using stage = await openStage();
    for (const forward_for of [undefined, null, []]) {
      stage.call({ forward_for });
      expect((await stage.callee.next())[3]).to.eql({});
    }
    stage.call({ forward_for: [{ ...hop, session: null, password: 'secret' }] });
    expect((await stage.callee.next())[3]).to.eql({ forward_for: [{ authid: 'joe', authrole: 'staff' }] });
  });

  it('is refused if it is malformed, or has more than 64 hops or 256 characters in a value', async () => {
    await using stage = await openStage();
    const wrong = [
      {},
      'joe',
      ['joe'],
      [null],
      [[hop]],
      [{ session: '17' }],
      [{ session: 0 }],
      [{ authid: 5 }],
      [{ authrole: {} }],
      [{ authid: 'x'.repeat(257) }],
      Array.from({ length: 65 }, () => hop),
    ];
    for (const forward_for of wrong) {
      const [type, , , , error] = await stage.caller.request(48, { forward_for }, PROCEDURE);
      expect([type, error], JSON.stringify(forward_for)).to.eql([MessageType.ERROR, Uri.INVALID_ARGUMENT]);
    }
    expect(await stage.callee.pending()).to.eql([]);
    const most = Array.from({ length: 64 }, () => ({ authid: 'x'.repeat(256) }));
    stage.call({ forward_for: most });
    expect((await stage.callee.next())[3]).to.eql({ forward_for: most });
  });
});
