import { expect } from 'chai';
import { DirectSession } from '../support/direct-realm.ts';
import type { Random } from '../support/random.ts';
import type { Elements } from '../support/wamp-client.ts';

const FEATURES = [
  'progressive_call_results',
  'progressive_call_invocations',
  'call_canceling',
  'registration_revocation',
] as const;

/** A session that checks what it is told against what it has done. */
export class TrackedSession extends DirectSession {
  /** Calls that it has made and that are not answered. */
  readonly pending = new Set<number>();
  /** Those of them that may go on. */
  readonly streaming = new Map<number, string>();
  /** Invocations that it has not answered, and the registration they belong to. */
  readonly open = new Map<number, number>();
  /** The number of invocations of a registration that it accepts at a time. */
  readonly concurrency = new Map<number, number>();
  #canBeCanceled = false;
  #request = 0;

  static join(realm: ConstructorParameters<typeof DirectSession>[0], id: number, random: Random): TrackedSession {
    const features = FEATURES.filter(() => random.chance(70));
    const session = new TrackedSession(realm, id, { caller: FEATURES, callee: features });
    session.#canBeCanceled = features.includes('call_canceling');
    session.onmessage = (message) => {
      session.#check(message);
      if (random.chance(2)) session.leave();
    };
    return session;
  }

  nextRequest(): number {
    this.#request++;
    return this.#request;
  }

  #check(message: Elements): void {
    const [type, first, second] = message as [number, number, number];
    if (type === 68) this.#invoked(first, second);
    else if (type === 69) this.#interrupted(first, message[2] as { mode: string });
    else if (type === 50) this.#answered(first, (message[2] as { progress?: boolean }).progress === true);
    else if (type === 8 && first === 48) this.#answered(second, false);
  }

  #invoked(invocation: number, registration: number): void {
    this.open.set(invocation, registration);
    const ofRegistration = [...this.open.values()].filter((id) => id === registration);
    const limit = this.concurrency.get(registration) ?? 0;
    if (limit > 0) expect(ofRegistration.length, 'invocations at a time').to.be.at.most(limit);
  }

  #interrupted(invocation: number, { mode }: { mode: string }): void {
    expect(this.#canBeCanceled, 'call_canceling is announced').to.equal(true);
    expect(this.open.has(invocation), 'the invocation is open').to.equal(true);
    if (mode === 'killnowait') this.open.delete(invocation);
  }

  #answered(request: number, isProgress: boolean): void {
    expect(this.pending.has(request), `call ${request} waits for an answer`).to.equal(true);
    if (!isProgress) this.pending.delete(request);
  }
}
