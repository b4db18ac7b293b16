import { MessageType } from '@pgwamp/protocol';
import { expect } from 'chai';
import type { Realm } from '../../src/realm/realm.ts';
import { createRealm } from '../support/direct-realm.ts';
import { Random } from '../support/random.ts';
import { TrackedSession } from './tracked-session.ts';

const PROCEDURES = ['com.a', 'com.b', 'com.c'];

/** Sessions that do what comes to their minds, and end when it suits nobody. */
class Crowd {
  readonly #realm: Realm;
  readonly #random: Random;
  readonly #sessions: TrackedSession[] = [];
  #joined = 0;
  readonly #acts = [this.#register, this.#call, this.#call, this.#continue, this.#cancel, this.#answer, this.#answer];

  constructor(realm: Realm, random: Random) {
    this.#realm = realm;
    this.#random = random;
  }

  act(): void {
    const present = this.#sessions.filter(({ hasLeft }) => !hasLeft);
    if (present.length < 6) {
      this.#sessions.push(TrackedSession.join(this.#realm, ++this.#joined, this.#random));
      return;
    }
    const session = this.#random.of(present);
    if (this.#random.chance(1)) session.leave();
    else this.#random.of(this.#acts).call(this, session);
  }

  /** Everybody answers what is open; then nobody who is still there may wait. */
  settle(): void {
    const callees = this.#sessions.filter(({ open }) => open.size > 0);
    for (const session of callees) {
      for (const invocation of session.open.keys()) this.#final(session, invocation);
    }
    if (callees.some(({ hasLeft }) => !hasLeft)) this.settle();
  }

  get waiting(): number {
    return this.#sessions.reduce((sum, { hasLeft, pending }) => sum + (hasLeft ? 0 : pending.size), 0);
  }

  leave(): void {
    for (const session of this.#sessions) session.leave();
  }

  #register(session: TrackedSession): void {
    const procedure = this.#random.of(PROCEDURES);
    const concurrency = this.#random.integer(3);
    const options = {
      invoke: procedure === 'com.a' ? 'roundrobin' : 'last',
      force_reregister: this.#random.chance(5),
      ...(concurrency > 0 ? { concurrency } : {}),
    };
    const before = session.of(65).length;
    session.request([MessageType.REGISTER, session.nextRequest(), options, procedure]);
    const registered = session.of(65);
    if (registered.length > before) session.concurrency.set(registered.at(-1)?.[2] as number, concurrency);
  }

  #call(session: TrackedSession): void {
    const request = session.nextRequest();
    const procedure = this.#random.of(PROCEDURES);
    const progress = this.#random.chance(20);
    session.pending.add(request);
    if (progress) session.streaming.set(request, procedure);
    session.request([
      MessageType.CALL,
      request,
      { progress, receive_progress: this.#random.chance(50) },
      procedure,
      ['argument'],
    ]);
  }

  #continue(session: TrackedSession): void {
    if (session.streaming.size === 0) return;
    const [request, procedure] = this.#random.of([...session.streaming]);
    const progress = this.#random.chance(50);
    if (!progress) session.streaming.delete(request);
    session.request([MessageType.CALL, request, { progress }, procedure]);
  }

  #cancel(session: TrackedSession): void {
    if (session.pending.size === 0) return;
    const mode = this.#random.of(['skip', 'kill', 'killnowait']);
    session.request([MessageType.CANCEL, this.#random.of([...session.pending]), { mode }]);
  }

  #answer(session: TrackedSession): void {
    if (session.open.size === 0) return;
    const invocation = this.#random.of([...session.open.keys()]);
    if (this.#random.chance(30)) session.request([MessageType.YIELD, invocation, { progress: true }]);
    else this.#final(session, invocation);
  }

  #final(session: TrackedSession, invocation: number): void {
    session.open.delete(invocation);
    if (session.hasLeft) return;
    session.request(
      this.#random.chance(50)
        ? [70, invocation, {}]
        : [MessageType.ERROR, MessageType.INVOCATION, invocation, {}, 'com.example.error.oops'],
    );
  }
}

describe('Calls in random situations', () => {
  for (let seed = 1; seed <= 10; seed++) {
    it(`are answered exactly once, within the limits of their callees (seed ${seed})`, () => {
      const realm = createRealm({ maxQueuedCalls: 10, maxPendingCalls: 20 });
      const crowd = new Crowd(realm, new Random(seed));
      for (let act = 0; act < 3_000; act++) crowd.act();
      crowd.settle();
      expect(crowd.waiting).to.equal(0);
      expect(realm.dealer.calls.size).to.equal(0);
      expect(realm.dealer.waiting.bytes).to.equal(0);
      crowd.leave();
      expect(realm.dealer.registrations.size).to.equal(0);
    });
  }
});
