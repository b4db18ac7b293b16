import { expect } from 'chai';
import { bytes } from '../binary.ts';
import { noOptions } from '../clients/client.ts';
import { people } from '../routers/configuration.ts';
import type { Scenario, Stage } from './scenario.ts';

const payloads = [
  { args: ['hello', 7, true, null, 1.5], kwargs: { nested: { list: [1, [2, []]] }, text: 'Grüße 🐘' } },
  { args: [], kwargs: { only: 'keywords' } },
  { args: [[1, 2]], kwargs: {} },
  { args: [null], kwargs: {} },
  { args: [[]], kwargs: {} },
  { args: [2 ** 53 - 1, -(2 ** 31), 0], kwargs: {} },
];

async function roundTrip({ join, uri }: Stage) {
  const [subscriber, publisher] = [await join(), await join()];
  const topic = uri('topic');
  const events = await subscriber.subscribe(topic);
  for (const payload of payloads) {
    await publisher.publish(topic, payload);
    const { args, kwargs } = await events.next('the event');
    expect({ args, kwargs }).to.deep.equal(payload);
  }
}

async function withoutPayload({ join, uri }: Stage) {
  const [subscriber, publisher] = [await join(), await join()];
  const events = await subscriber.subscribe(uri('topic'));
  await publisher.publish(uri('topic'), {});
  const { args, kwargs } = await events.next('the event');
  expect({ args, kwargs }).to.deep.equal({ args: [], kwargs: {} });
}

async function acrossSerializers({ kind, wire, join, uri }: Stage) {
  const publisher = await join();
  const topic = uri('topic');
  const payload = { args: [1, 'two', [3, { four: 4.5 }]], kwargs: { five: null } };
  for (const other of kind.wires) {
    const events = await (await join(undefined, other)).subscribe(topic);
    await publisher.publish(topic, payload);
    const { args, kwargs } = await events.next(`the event, ${wire.serializer} to ${other.serializer}`);
    expect({ args, kwargs }).to.deep.equal(payload);
  }
}

async function binary({ join, uri }: Stage) {
  const [subscriber, publisher] = [await join(), await join()];
  const events = await subscriber.subscribe(uri('topic'));
  await publisher.publish(uri('topic'), { args: [bytes('00ff80'), { inner: bytes('') }] });
  expect((await events.next('the event')).args).to.deep.equal([bytes('00ff80'), { inner: bytes('') }]);
}

async function withoutOptions({ join, uri }: Stage) {
  const [subscriber, publisher] = [await join(), await join()];
  const events = await subscriber.subscribe(uri('topic'), noOptions);
  await publisher.publish(uri('topic'), { args: [1] });
  expect((await events.next('the event')).args).to.deep.equal([1]);
}

async function acknowledged({ join, uri }: Stage) {
  const publisher = await join();
  const ids = [await publisher.publish(uri('topic'), {}), await publisher.publish(uri('topic'), {})];
  for (const id of ids)
    expect(id)
      .to.satisfy(Number.isInteger)
      .and.to.be.within(1, 2 ** 53);
  expect(ids[0]).to.not.equal(ids[1]);
}

async function publisherExcluded({ join, uri }: Stage) {
  const both = await join();
  const events = await both.subscribe(uri('topic'));
  await both.publish(uri('topic'), { args: ['own'] });
  await (await join()).publish(uri('topic'), { args: ['other'] });
  expect((await events.next('the event')).args).to.deep.equal(['other']);
}

async function publisherIncluded({ join, uri }: Stage) {
  const both = await join();
  const events = await both.subscribe(uri('topic'));
  await both.publish(uri('topic'), { args: ['own'] }, { exclude_me: false });
  expect((await events.next('the event')).args).to.deep.equal(['own']);
}

async function bySession({ join, uri }: Stage) {
  const [first, second, publisher] = [await join(), await join(), await join()];
  const topic = uri('topic');
  const [toFirst, toSecond] = [await first.subscribe(topic), await second.subscribe(topic)];
  await publisher.publish(topic, { args: ['not first'] }, { exclude: [first.session] });
  await publisher.publish(topic, { args: ['only first'] }, { eligible: [first.session] });
  await publisher.publish(topic, { args: ['all'] });
  expect((await toFirst.take(2, 'event')).map(({ args }) => args[0])).to.deep.equal(['only first', 'all']);
  expect((await toSecond.take(2, 'event')).map(({ args }) => args[0])).to.deep.equal(['not first', 'all']);
}

async function byIdentity({ join, uri }: Stage) {
  const [joe, salty, publisher] = [await join(people.ticket), await join(people.salted), await join()];
  const topic = uri('topic');
  const [toJoe, toSalty] = [await joe.subscribe(topic), await salty.subscribe(topic)];
  await publisher.publish(topic, { args: [1] }, { eligible_authid: ['joe'] });
  await publisher.publish(topic, { args: [2] }, { exclude_authid: ['joe'] });
  await publisher.publish(topic, { args: [3] }, { eligible_authrole: ['user'] });
  await publisher.publish(topic, { args: [4] }, { exclude_authrole: ['user'] });
  await publisher.publish(topic, { args: [5] });
  expect((await toJoe.take(3, 'event')).map(({ args }) => args[0])).to.deep.equal([1, 3, 5]);
  expect((await toSalty.take(3, 'event')).map(({ args }) => args[0])).to.deep.equal([2, 3, 5]);
}

async function nobodyEligible({ join, uri }: Stage) {
  const [subscriber, publisher] = [await join(), await join()];
  const events = await subscriber.subscribe(uri('topic'));
  await publisher.publish(uri('topic'), { args: ['for nobody'] }, { eligible: [] });
  await publisher.publish(uri('topic'), { args: ['for all'] });
  expect((await events.next('the event')).args).to.deep.equal(['for all']);
}

async function unsubscribed({ join, uri }: Stage) {
  const [subscriber, publisher] = [await join(), await join()];
  // Wampy.js would not find a subscription with options again.
  const events = await subscriber.subscribe(uri('topic'), noOptions);
  await subscriber.unsubscribe(uri('topic'));
  const later = await subscriber.subscribe(uri('later'));
  await publisher.publish(uri('topic'), {});
  await publisher.publish(uri('later'), {});
  await later.next('the event of the other topic');
  expect(events.isEmpty).to.equal(true);
}

export const publishSubscribe: readonly Scenario[] = [
  { name: 'passes on args and kwargs of an event', run: roundTrip, everyWire: true },
  { name: 'passes on an event without args and kwargs', run: withoutPayload, everyWire: true },
  { name: 'passes an event from each serializer to each other', run: acrossSerializers, everyWire: true },
  { name: 'passes on binary values unchanged', run: binary, everyWire: true, binary: true },
  { name: 'accepts a subscription of the library without options', run: withoutOptions, everyWire: true },
  { name: 'acknowledges each publication with an id of its own', run: acknowledged },
  { name: 'sends no events after UNSUBSCRIBE', run: unsubscribed },
  { name: 'excludes the publisher from its event', run: publisherExcluded },
  {
    name: 'sends an event to its publisher with exclude_me false',
    run: publisherIncluded,
    lacking: { 'Wampy.js': 'it sends exclude_me only when it is true' },
  },
  { name: 'applies exclude and eligible by session', run: bySession, everyWire: true },
  { name: 'applies exclude and eligible by authid and authrole', run: byIdentity },
  {
    name: 'sends an event with an empty eligible list to nobody',
    run: nobodyEligible,
    lacking: { 'Wampy.js': 'it refuses an empty list' },
  },
];
