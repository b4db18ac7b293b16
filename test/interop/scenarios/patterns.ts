import { expect } from 'chai';
import type { Scenario, Stage } from './scenario.ts';

async function prefix({ join, uri }: Stage) {
  const [subscriber, publisher] = [await join(), await join()];
  const events = await subscriber.subscribe(uri('a'), { match: 'prefix' });
  await publisher.publish(uri('other'), {});
  await publisher.publish(uri('a.b.c'), {});
  const { details } = await events.next('the event');
  expect(details.topic).to.equal(uri('a.b.c'));
}

async function wildcard({ join, uri }: Stage) {
  const [subscriber, publisher] = [await join(), await join()];
  const events = await subscriber.subscribe(uri('a..c'), { match: 'wildcard' });
  for (const topic of ['a.b.d', 'a.b.c.d', 'a.b.c']) await publisher.publish(uri(topic), {});
  expect((await events.next('the event')).details.topic).to.equal(uri('a.b.c'));
}

async function everySubscription({ join, uri }: Stage) {
  const [subscriber, publisher] = [await join(), await join()];
  const inboxes = [
    await subscriber.subscribe(uri('a.b')),
    await subscriber.subscribe(uri('a'), { match: 'prefix' }),
    await subscriber.subscribe(uri('.b'), { match: 'wildcard' }),
  ];
  await publisher.publish(uri('a.b'), { args: [1] });
  for (const events of inboxes) expect((await events.next('the event')).args).to.deep.equal([1]);
}

async function retained({ join, uri }: Stage) {
  const [first, second, publisher] = [await join(), await join(), await join()];
  await publisher.publish(uri('topic'), { args: ['kept'] }, { retain: true });
  const events = await first.subscribe(uri('topic'), { get_retained: true });
  const { args, details } = await events.next('the retained event');
  expect({ args, retained: details.retained }).to.deep.equal({ args: ['kept'], retained: true });
  const live = await second.subscribe(uri('topic'));
  await publisher.publish(uri('topic'), { args: ['next'] });
  expect((await live.next('the event')).args).to.deep.equal(['next']);
}

async function retainedForPrefix({ join, uri }: Stage) {
  const [subscriber, publisher] = [await join(), await join()];
  await publisher.publish(uri('a.b'), { args: ['kept'] }, { retain: true });
  const events = await subscriber.subscribe(uri('a'), { match: 'prefix', get_retained: true });
  expect((await events.next('the retained event')).args).to.deep.equal(['kept']);
}

async function mostSpecific({ join, uri }: Stage) {
  const [callee, caller] = [await join(), await join()];
  await callee.register(uri('a'), { does: 'answer', value: 'short prefix' }, { match: 'prefix' });
  await callee.register(uri('a.b'), { does: 'answer', value: 'long prefix' }, { match: 'prefix' });
  await callee.register(uri('a..c'), { does: 'answer', value: 'wildcard' }, { match: 'wildcard' });
  await callee.register(uri('a.b.c'), { does: 'answer', value: 'exact' });
  const answers = [];
  for (const name of ['a.b.c', 'a.b.d', 'a.x.c', 'a.x.d']) {
    answers.push(...(await caller.call(uri(name)).result).args);
  }
  // A prefix goes before a wildcard, of any length.
  expect(answers).to.deep.equal(['exact', 'long prefix', 'short prefix', 'short prefix']);
}

async function calledName({ join, uri }: Stage) {
  const [callee, caller] = [await join(), await join()];
  await callee.register(uri('a..c'), { does: 'details' }, { match: 'wildcard' });
  const [details] = (await caller.call(uri('a.b.c')).result).args;
  expect(details).to.include({ procedure: uri('a.b.c') });
}

async function roundRobin({ join, uri }: Stage) {
  const caller = await join();
  for (const value of ['one', 'two', 'three']) {
    await (await join()).register(uri('shared'), { does: 'answer', value }, { invoke: 'roundrobin' });
  }
  const answers = [];
  for (let index = 0; index < 6; index++) answers.push(...(await caller.call(uri('shared')).result).args);
  expect(answers).to.deep.equal(['one', 'two', 'three', 'one', 'two', 'three']);
}

const noRetain = { 'Wampy.js': 'it does not pass the option retain on' };

export const patterns: readonly Scenario[] = [
  { name: 'sends events of a prefix subscription with their topic', run: prefix, everyWire: true },
  { name: 'sends events of a wildcard subscription with their topic', run: wildcard },
  { name: 'sends an event once per matching subscription', run: everySubscription },
  { name: 'sends a retained event to a new subscriber that requests it', run: retained, lacking: noRetain },
  { name: 'sends a retained event to a new prefix subscriber', run: retainedForPrefix, lacking: noRetain },
  { name: 'calls the best match of several registrations', run: mostSpecific },
  { name: 'passes the called URI to a pattern-based registration', run: calledName },
  { name: 'calls the callees of a roundrobin registration in turn', run: roundRobin },
];
