import { expect } from 'chai';
import type { Scenario, Stage } from './scenario.ts';

async function malformedTopic({ peer }: Stage) {
  const client = await peer();
  const [type, requestType, , , error] = await client.request(32, {}, 'com..example topic');
  expect([type, requestType, error]).to.deep.equal([8, 32, 'wamp.error.invalid_uri']);
}

async function malformedMessage({ peer }: Stage) {
  const client = await peer();
  const [type, , reason] = await client.request(32, 'no dictionary', 'com.example.topic');
  expect([type, reason]).to.deep.equal([3, 'wamp.error.protocol_violation']);
}

async function goodbye({ peer }: Stage) {
  const client = await peer();
  client.send([6, {}, 'wamp.close.close_realm']);
  const [type, , reason] = await client.messages.next('GOODBYE');
  expect([type, reason]).to.deep.equal([6, 'wamp.close.goodbye_and_out']);
}

async function subscriptionsListed({ peer, uri }: Stage) {
  const client = await peer();
  const [, , exact] = await client.request(32, {}, uri('a'));
  const [, , prefix] = await client.request(32, { match: 'prefix' }, uri('b'));
  const [, , wildcard] = await client.request(32, { match: 'wildcard' }, uri('c..d'));
  const [, , , args] = await client.request(48, {}, 'wamp.subscription.list');
  const [lists] = args as [Record<string, number[]>];
  expect(lists.exact).to.include(exact);
  expect(lists.prefix).to.include(prefix);
  expect(lists.wildcard).to.include(wildcard);
}

export const protocol: readonly Scenario[] = [
  { name: 'answers a malformed URI with an ERROR', run: malformedTopic, raw: true },
  { name: 'answers a malformed message with ABORT', run: malformedMessage, raw: true },
  { name: 'answers GOODBYE with goodbye_and_out', run: goodbye, raw: true },
  { name: 'lists exact, prefix and wildcard subscriptions', run: subscriptionsListed, raw: true },
];
