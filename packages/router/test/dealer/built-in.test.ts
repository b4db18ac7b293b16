import { MessageType } from '@pgwamp/protocol';
import { expect } from 'chai';
import type { BuiltIn } from '../../src/dealer/built-in.ts';
import { RequestError } from '../../src/errors.ts';
import { Uri } from '../../src/index.ts';
import { until } from '../support/deadline.ts';
import { createRealm, DirectSession } from '../support/direct-realm.ts';
import type { Elements } from '../support/wamp-client.ts';

const PROCEDURE = 'wamp.example.procedure';

/** The answer to a caller of a built-in procedure. */
async function call(builtIn: BuiltIn, ...payload: unknown[]): Promise<Elements> {
  const realm = createRealm();
  realm.dealer.provide(PROCEDURE, builtIn);
  const caller = new DirectSession(realm, 1);
  caller.request([MessageType.CALL, 1, {}, PROCEDURE, ...payload]);
  await until(() => caller.received.length > 0, 'an answer');
  expect(caller.received).to.have.length(1);
  return caller.received[0] ?? [];
}

describe('Built-in procedure', () => {
  it('receives the arguments of the call and the caller', async () => {
    const seen: unknown[] = [];
    const builtIn: BuiltIn = ({ id }, args, kwargs) => {
      seen.push(id, args, kwargs);
      return {};
    };
    await call(builtIn, [1, [2]], { a: 3 });
    await call(builtIn);
    expect(seen).to.eql([1, [1, [2]], { a: 3 }, 1, [], {}]);
  });

  it('returns arguments, keyword arguments, both or nothing, now or later', async () => {
    expect(await call(() => ({}))).to.eql([MessageType.RESULT, 1, {}]);
    expect(await call(() => ({ args: [[1]] }))).to.eql([MessageType.RESULT, 1, {}, [[1]]]);
    expect(await call(() => ({ kwargs: { a: 1 } }))).to.eql([MessageType.RESULT, 1, {}, [], { a: 1 }]);
    expect(await call(async () => ({ args: [1], kwargs: { a: 1 } }))).to.eql([
      MessageType.RESULT,
      1,
      {},
      [1],
      { a: 1 },
    ]);
  });

  it('refuses a call with a RequestError, now or later', async () => {
    const refuse = () => {
      throw new RequestError(Uri.NO_SUCH_SESSION, 'no such session');
    };
    for (const builtIn of [refuse, async () => refuse()]) {
      expect(await call(builtIn)).to.eql([
        MessageType.ERROR,
        MessageType.CALL,
        1,
        {},
        Uri.NO_SUCH_SESSION,
        ['no such session'],
      ]);
    }
  });

  it('refuses a progressive call, once', () => {
    const realm = createRealm();
    realm.dealer.provide(PROCEDURE, () => ({}));
    const caller = new DirectSession(realm, 1, { caller: ['progressive_call_invocations'] });
    for (const progress of [true, true, false]) caller.request([MessageType.CALL, 1, { progress }, PROCEDURE]);
    expect(caller.received.map(([, , , , error]) => error)).to.eql([Uri.FEATURE_NOT_SUPPORTED]);
  });

  it('reports an internal error, and answers the call', async () => {
    const errors: Error[] = [];
    const realm = createRealm({}, (error) => errors.push(error));
    realm.dealer.provide(PROCEDURE, () => Promise.reject(new Error('a bug')));
    const caller = new DirectSession(realm, 1);
    caller.request([MessageType.CALL, 1, {}, PROCEDURE]);
    await until(() => caller.received.length > 0, 'an answer');
    expect(caller.received[0]?.slice(0, 5)).to.eql([MessageType.ERROR, MessageType.CALL, 1, {}, Uri.CANCELED]);
    expect(errors.map(({ message }) => message)).to.eql(['a bug']);
  });
});
