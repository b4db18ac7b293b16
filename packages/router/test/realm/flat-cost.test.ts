import { MessageType } from '@pgwamp/protocol';
import { expect } from 'chai';
import { CalleeEntry } from '../../src/dealer/registration.ts';
import { countSteps } from '../matching/count-steps.ts';
import { createRealm, DirectSession } from '../support/direct-realm.ts';

const PATTERNS = [
  ['exact', (index: number) => `com.exact.t${index}`],
  ['prefix', (index: number) => `com.prefix.t${index}.`],
  ['wildcard', (index: number) => `com.wildcard..t${index}`],
] as const;
const URIS = ['com.exact.t7', 'com.prefix.t7.x', 'com.wildcard.any.t7'];
const LIMIT = 1_000_000;

/** The steps of each request in a realm with a number of subscriptions and registrations of each policy. */
function stepsWith(count: number): Record<string, number> {
  const realm = createRealm({ maxSubscriptions: LIMIT, maxRegistrations: LIMIT });
  const [owner, client] = [new DirectSession(realm, 1), new DirectSession(realm, 2)];
  const { registrations } = realm.dealer;
  const options = { concurrency: Number.POSITIVE_INFINITY, disclosesCaller: false, forwardsTimeout: false };
  for (const [match, uriOf] of PATTERNS) {
    for (let index = 0; index < count; index++) {
      realm.broker.subscriptions.add(owner, match, uriOf(index));
      registrations.attach(new CalleeEntry(registrations.create(match, uriOf(index), 'single'), owner, options));
    }
  }
  owner.onmessage = ([type, invocation]) => {
    if (type === MessageType.INVOCATION) owner.request([MessageType.YIELD, invocation, {}]);
  };
  const idOf = (type: number) => client.of(type).at(-1)?.[2];
  const steps: Record<string, number> = {};
  const take = (what: string, work: () => void) => {
    steps[what] = countSteps(work);
  };
  for (const [index, uri] of URIS.entries()) {
    take(`PUBLISH ${uri}`, () => client.request([MessageType.PUBLISH, 1, { acknowledge: true }, uri]));
    take(`CALL ${uri}`, () => client.request([MessageType.CALL, index + 1, {}, uri]));
  }
  expect(client.of(MessageType.PUBLISHED)).to.have.length(URIS.length);
  expect(client.of(MessageType.RESULT)).to.have.length(URIS.length);
  for (const [match, uriOf] of PATTERNS) {
    take(`SUBSCRIBE ${match}`, () => client.request([MessageType.SUBSCRIBE, 10, { match }, uriOf(LIMIT)]));
    take(`UNSUBSCRIBE ${match}`, () => client.request([MessageType.UNSUBSCRIBE, 11, idOf(MessageType.SUBSCRIBED)]));
    take(`REGISTER ${match}`, () => client.request([MessageType.REGISTER, 12, { match }, uriOf(LIMIT)]));
    take(`UNREGISTER ${match}`, () => client.request([MessageType.UNREGISTER, 13, idOf(MessageType.REGISTERED)]));
  }
  for (const type of [MessageType.UNSUBSCRIBED, MessageType.UNREGISTERED]) {
    expect(client.of(type)).to.have.length(PATTERNS.length);
  }
  take('leaving', () => client.leave());
  return steps;
}

describe('Cost of a request', () => {
  it('is the same with 100,000 subscriptions and registrations of each policy as with 10', () => {
    const [few, many] = [stepsWith(10), stepsWith(100_000)];
    // A radix tree of numbers is one level deeper for each digit, and some requests look up twice.
    for (const [what, steps] of Object.entries(many)) expect(steps, what).to.be.at.most((few[what] ?? 0) + 10);
  });
});
