import { expect } from 'chai';
import type { WampClient } from './wamp-client.ts';

/** Calls the meta procedures whose names begin alike. */
export function metaProcedures(start: string) {
  const call = (client: WampClient, procedure: string, payload: unknown[]) =>
    client.request(48, {}, `${start}${procedure}`, ...payload);
  return {
    /** The only result. */
    async ask(client: WampClient, procedure: string, ...payload: unknown[]): Promise<unknown> {
      const [type, , , args] = await call(client, procedure, payload);
      expect(type).to.equal(50);
      return (args as unknown[])[0];
    },
    /** The URI of the error. */
    async refusal(client: WampClient, procedure: string, ...payload: unknown[]): Promise<unknown> {
      const [type, , , , error] = await call(client, procedure, payload);
      expect(type).to.equal(8);
      return error;
    },
  };
}

/** Subscribes to meta events; returns a function that receives them, each as its name, its session and its id. */
export async function metaEvents(watcher: WampClient, prefix: string, names: readonly string[]) {
  const topics = new Map<unknown, string>();
  for (const name of names) {
    topics.set(await watcher.subscribe(`${prefix}${name}`), name);
    // The watcher receives the events of its own subscriptions as well.
    await watcher.pending();
  }
  return async () =>
    (await watcher.pending()).map((frame) => {
      const [, subscription, , , args] = JSON.parse(frame);
      return [topics.get(subscription), args[0], args[1].id ?? args[1]];
    });
}
