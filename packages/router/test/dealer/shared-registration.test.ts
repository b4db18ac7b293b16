import { MessageType } from '@pgwamp/protocol';
import { expect } from 'chai';
import { Uri } from '../../src/index.ts';
import { startRouter, type TestRouter } from '../support/router.ts';
import { WampClient } from '../support/wamp-client.ts';

const PROCEDURE = 'com.example.procedure';

/** Callees of one registration, that tell who of them got a call, and somebody who calls. */
class Callees implements AsyncDisposable {
  readonly members: readonly WampClient[];
  readonly caller: WampClient;
  readonly registration: number;

  private constructor(members: readonly WampClient[], caller: WampClient, registration: number) {
    this.members = members;
    this.caller = caller;
    this.registration = registration;
  }

  static async of({ router }: TestRouter, invoke: string, count = 3): Promise<Callees> {
    const members: WampClient[] = [];
    let registration = 0;
    for (let index = 0; index < count; index++) {
      const member = await WampClient.attach(router);
      registration = await member.register(PROCEDURE, { invoke });
      members.push(member);
    }
    return new Callees(members, await WampClient.attach(router), registration);
  }

  /** Makes calls, and gives how many of them each callee has got. */
  async share(calls: number): Promise<number[]> {
    for (let call = 0; call < calls; call++)
      this.caller.send([MessageType.CALL, this.caller.nextRequest(), {}, PROCEDURE]);
    await this.caller.pending();
    return Promise.all(this.members.map(async (member) => (await member.pending()).length));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.members, this.caller].map((client) => client[Symbol.asyncDispose]()));
  }
}

describe('Shared registration', () => {
  it('has the same id for all callees', async () => {
    await using test = await startRouter();
    await using one = await WampClient.attach(test.router);
    await using other = await WampClient.attach(test.router);
    const id = await one.register(PROCEDURE, { invoke: 'first' });
    expect(await other.register(PROCEDURE, { invoke: 'first' })).to.equal(id);
    expect(test.router.stats().registrations).to.equal(1);
  });

  it('calls the callees in turn with roundrobin', async () => {
    await using test = await startRouter();
    await using callees = await Callees.of(test, 'roundrobin');
    for (const shares of [
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
      [1, 0, 0],
    ]) {
      expect(await callees.share(1)).to.eql(shares);
    }
    expect(await callees.share(9)).to.eql([3, 3, 3]);
  });

  it('continues in turn when a callee leaves', async () => {
    for (const [leaving, next] of [
      [0, 1],
      [1, 2],
      [2, 1],
    ] as const) {
      await using test = await startRouter();
      await using callees = await Callees.of(test, 'roundrobin');
      await callees.share(1);
      await callees.members[leaving]?.request(66, callees.registration);
      const shares = await callees.share(1);
      expect(shares.indexOf(1)).to.equal(next);
    }
  });

  it('calls the first or the last callee with first or last', async () => {
    await using test = await startRouter();
    for (const [invoke, order] of [
      ['first', [0, 1, 2]],
      ['last', [2, 1, 0]],
    ] as const) {
      await using callees = await Callees.of(test, invoke);
      for (const chosen of order) {
        const expected = [0, 0, 0];
        expected[chosen] = 2;
        expect(await callees.share(2)).to.eql(expected);
        await callees.members[chosen]?.request(66, callees.registration);
      }
    }
  });

  it('calls any callee with random', async () => {
    await using test = await startRouter();
    await using callees = await Callees.of(test, 'random');
    // That one of three gets less than 20 of 300 is so improbable that it never happens.
    for (const share of await callees.share(300)) expect(share).to.be.above(20);
  });

  it('has one invoke policy: REGISTER with another one is refused, and a second one by the same session', async () => {
    await using test = await startRouter();
    await using client = await WampClient.attach(test.router);
    const policies = ['single', 'first', 'last', 'roundrobin', 'random'];
    for (const invoke of policies) {
      await using callees = await Callees.of(test, invoke, 1);
      for (const asked of [undefined, ...policies]) {
        if (asked === invoke && invoke !== 'single') continue;
        const options = asked === undefined ? {} : { invoke: asked };
        expect((await client.request(64, options, PROCEDURE))[4]).to.equal(Uri.PROCEDURE_ALREADY_EXISTS);
      }
      expect((await callees.members[0]?.request(64, { invoke }, PROCEDURE))?.[4]).to.equal(
        Uri.PROCEDURE_ALREADY_EXISTS,
      );
    }
  });

  it('accepts any policy after the last callee has left', async () => {
    await using test = await startRouter();
    await using client = await WampClient.attach(test.router);
    for (const invoke of ['first', 'random', 'single']) {
      const id = await client.register(PROCEDURE, { invoke });
      expect((await client.request(66, id))[0]).to.equal(67);
    }
  });

  it('refuses an unknown policy', async () => {
    await using test = await startRouter();
    await using client = await WampClient.attach(test.router);
    for (const invoke of ['all', '', 5, null]) {
      expect((await client.request(64, { invoke }, PROCEDURE))[4]).to.equal(Uri.OPTION_NOT_ALLOWED);
    }
  });

  it('ends only the calls of a callee that disconnects', async () => {
    await using test = await startRouter();
    await using callees = await Callees.of(test, 'roundrobin', 2);
    const [dying, other] = callees.members as [WampClient, WampClient];
    for (const request of [1, 2]) callees.caller.send([MessageType.CALL, request, {}, PROCEDURE]);
    await dying.next();
    await other.next();
    await dying[Symbol.asyncDispose]();
    expect((await callees.caller.next()).slice(2, 5)).to.eql([1, {}, Uri.CANCELED]);
    other.send([MessageType.YIELD, 1, {}]);
    expect(await callees.caller.next()).to.eql([MessageType.RESULT, 2, {}]);
  });
});
