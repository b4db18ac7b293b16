import { expect } from 'chai';
import { people } from '../routers/configuration.ts';
import type { Scenario, Stage } from './scenario.ts';

async function publisherThatAsks({ join, uri }: Stage) {
  const [subscriber, publisher] = [await join(), await join()];
  const events = await subscriber.subscribe(uri('topic'));
  await publisher.publish(uri('topic'), {}, { disclose_me: true });
  expect((await events.next('the event')).details).to.include({ publisher: publisher.session });
}

async function publisherByRole({ join, uri }: Stage) {
  const [subscriber, publisher] = [await join(), await join(people.ticket)];
  const events = await subscriber.subscribe(uri('topic'));
  await publisher.publish(uri('topic'), {});
  const { details } = await events.next('the event');
  expect(details).to.include({ publisher: publisher.session, publisher_authid: 'joe', publisher_authrole: 'user' });
}

async function callerThatAsks({ join, uri }: Stage) {
  const [callee, caller] = [await join(), await join()];
  await callee.register(uri('who'), { does: 'details' });
  const [details] = (await caller.call(uri('who'), {}, { disclose_me: true }).result).args;
  expect(details).to.include({ caller: caller.session });
}

async function callerByRole({ join, uri }: Stage) {
  const [callee, caller] = [await join(), await join(people.ticket)];
  await callee.register(uri('who'), { does: 'details' });
  const [details] = (await caller.call(uri('who')).result).args;
  expect(details).to.include({ caller: caller.session, caller_authid: 'joe', caller_authrole: 'user' });
}

export const disclosure: readonly Scenario[] = [
  {
    name: 'discloses a publisher that requests it',
    run: publisherThatAsks,
    lacking: { 'Autobahn|Python': 'its PublishOptions have no disclose_me' },
  },
  { name: 'discloses a publisher by its role', run: publisherByRole },
  {
    name: 'discloses a caller that requests it',
    run: callerThatAsks,
    lacking: { 'Autobahn|Python': 'its CallOptions have no disclose_me' },
  },
  { name: 'discloses a caller by its role', run: callerByRole },
];
