import { expect } from 'chai';
import type { RealmOptions, StoreOptions } from '../../src/index.ts';
import { startRouter, type TestRouter } from './router.ts';
import type { WampClient } from './wamp-client.ts';

export const TOPIC = 'com.example.topic';

/** Keeps the events of the topic, and those of everything below `com.`. */
export const STORE: StoreOptions = {
  type: 'memory',
  limit: 5,
  'event-history': [{ uri: TOPIC }, { uri: 'com.', match: 'prefix', limit: 7 }],
};

/** An event as `wamp.subscription.get_events` gives it. */
export interface Event {
  readonly timestamp: string;
  readonly publication: number;
  readonly args?: unknown[];
}

/** A router with a realm that has the store. */
export function start(realm: Partial<RealmOptions> = {}): Promise<TestRouter> {
  return startRouter({ realms: [{ name: 'realm1', store: STORE, ...realm }] });
}

export async function getEvents(client: WampClient, args: unknown[], kwargs: object = {}): Promise<Event[]> {
  const [type, , , events = []] = await client.request(48, {}, 'wamp.subscription.get_events', args, kwargs);
  expect(type).to.equal(50);
  return events as Event[];
}

/** The error that the procedure answers with. */
export async function refusal(client: WampClient, args: unknown[], kwargs: object = {}): Promise<unknown> {
  return (await client.request(48, {}, 'wamp.subscription.get_events', args, kwargs))[4];
}

/** Publishes 0, 1, 2, … and gives the ids of the publications. */
export async function publishAll(publisher: WampClient, count: number, topic = TOPIC): Promise<number[]> {
  const ids: number[] = [];
  for (let index = 0; index < count; index++) ids.push((await publisher.publish(topic, {}, [index]))[2] as number);
  return ids;
}

/** The first argument of each event. */
export const values = (events: Event[]) => events.map(({ args }) => args?.[0]);
