import { expect } from 'chai';
import { type AutobahnSession, autobahn } from '../../../src/wamp/autobahn/library.ts';

/*
 * Each test shows, with nothing but AutobahnJS, what a file of core/wamp/autobahn/ or the dispatcher corrects. A test that
 * fails says that AutobahnJS has been corrected, and that our correction can go.
 */

type Message = unknown[];

/** A session of AutobahnJS whose router a test plays itself. */
class PlainSession {
  readonly sent: Message[] = [];
  readonly errors: unknown[] = [];
  closed: unknown;
  onmessage: (message: Message) => void = () => undefined;
  readonly info = {};
  readonly session: AutobahnSession;

  constructor() {
    const defer = () => ({ ...Promise.withResolvers<unknown>(), notify: () => undefined });
    const report = (error: unknown) => this.errors.push(error);
    this.session = new (autobahn().Session)(this, defer, () => undefined, report, report);
    this.session.onjoin = () => undefined;
    this.session.onleave = () => undefined;
    this.session.join('realm1');
    this.onmessage([2, 1, { roles: { broker: {}, dealer: {} } }]);
  }

  send(message: Message): void {
    this.sent.push(message);
  }

  close(code?: number): void {
    this.closed = code;
  }

  /** The router's answer to the latest request. */
  answer(type: number, id: number): void {
    this.onmessage([type, this.sent.at(-1)?.[1], id]);
  }

  /** Subscribes, with the subscription that the router gives. */
  async subscribe(id: number, handler: (...event: unknown[]) => void) {
    const answer = this.session.subscribe('com.example.topic', handler);
    this.answer(33, id);
    return answer;
  }

  async register(id: number, endpoint: (...call: unknown[]) => unknown) {
    const answer = this.session.register('com.example.procedure', endpoint);
    this.answer(65, id);
    return answer;
  }
}

async function isSettled(promise: PromiseLike<unknown>): Promise<boolean> {
  const pending = Symbol('pending');
  const first = await Promise.race([promise, new Promise((resolve) => setImmediate(resolve, pending))]);
  return first !== pending;
}

describe('AutobahnJS', () => {
  it('never settles pending requests after the connection is lost (unsettled-answers)', async () => {
    const plain = new PlainSession();
    const call = plain.session.call('com.example.procedure');
    const publication = plain.session.publish('com.example.topic', [], {}, { acknowledge: true });
    plain.onmessage([6, {}, 'wamp.close.system_shutdown']);
    expect(plain.session.isOpen).to.equal(false);
    expect(await isSettled(call)).to.equal(false);
    expect(await isSettled(publication as PromiseLike<unknown>)).to.equal(false);
  });

  it('does not announce call canceling as a callee (unannounced-canceling)', () => {
    const [hello] = new PlainSession().sent;
    expect(hello).to.have.nested.property('[2].roles.callee.features');
    expect(hello).not.to.have.nested.property('[2].roles.callee.features.call_canceling');
  });

  it('answers GOODBYE with a URI that does not exist (misnamed-goodbye)', () => {
    const plain = new PlainSession();
    plain.onmessage([6, {}, 'wamp.close.system_shutdown']);
    expect(plain.sent.at(-1)).to.deep.equal([6, {}, 'wamp.error.goodbye_and_out']);
  });

  it('ends a subscription to which a handler is being added (crossed-unsubscribe)', async () => {
    const plain = new PlainSession();
    const first = await plain.subscribe(7, () => undefined);
    // The router has taken the second SUBSCRIBE before the UNSUBSCRIBE, and answers both in that order.
    const adding = plain.session.subscribe('com.example.topic', () => undefined);
    const subscribe = plain.sent.at(-1)?.[1];
    const ending = plain.session.unsubscribe(first);
    expect(plain.sent.at(-1)?.[0]).to.equal(34);
    plain.onmessage([33, subscribe, 7]);
    plain.onmessage([35, plain.sent.at(-1)?.[1]]);
    await ending;
    expect((await adding).active).to.equal(false);
  });

  it('skips a handler when the one before it unsubscribes (skipped-handlers)', async () => {
    const plain = new PlainSession();
    const seen: string[] = [];
    const first = await plain.subscribe(7, () => {
      seen.push('first');
      void plain.session.unsubscribe(first);
    });
    await plain.subscribe(7, () => seen.push('second'));
    plain.onmessage([36, 7, 1, {}]);
    expect(seen).to.deep.equal(['first']);
  });

  it('closes the connection after INTERRUPT, and after ABORT in an open session (dispatcher, router-session)', () => {
    const interrupted = new PlainSession();
    interrupted.onmessage([69, 1, {}]);
    expect(interrupted.closed).to.equal(3002);
    const aborted = new PlainSession();
    aborted.onmessage([3, {}, 'wamp.error.protocol_violation']);
    expect(aborted.closed).to.equal(3002);
  });

  it('passes only some details to handlers and endpoints (dispatcher)', async () => {
    const plain = new PlainSession();
    const seen: unknown[] = [];
    await plain.subscribe(7, (_args, _kwargs, details) => seen.push(details));
    await plain.register(8, (_args, _kwargs, details) => seen.push(details));
    plain.onmessage([36, 7, 1, { trustlevel: 3 }]);
    plain.onmessage([68, 1, 8, { trustlevel: 3, timeout: 1000 }]);
    await new Promise((resolve) => setImmediate(resolve));
    expect(seen).to.have.length(2);
    for (const details of seen) expect(details).not.to.have.any.keys('trustlevel', 'timeout', 'signal');
  });

  it('returns the same value for a result of null and for an empty result (requests)', async () => {
    const results = [[], [null]].map((args) => {
      const plain = new PlainSession();
      const call = plain.session.call('com.example.procedure');
      plain.onmessage([50, plain.sent.at(-1)?.[1], {}, args]);
      return call;
    });
    expect(await Promise.all(results)).to.deep.equal([null, null]);
  });

  it('gives no access to its sequence of request ids (autobahn-transport)', () => {
    const plain = new PlainSession();
    void plain.session.call('com.example.procedure');
    expect(plain.sent.at(-1)?.[1]).to.equal(1);
    const names = [...Object.keys(plain.session), ...Object.getOwnPropertyNames(autobahn().Session.prototype)];
    expect(names.filter((name) => !name.startsWith('_') && /request|id$/i.test(name))).to.deep.equal(['id']);
  });
});
