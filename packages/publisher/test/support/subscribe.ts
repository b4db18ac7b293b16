import type { Router } from '@pgwamp/router';

/** What a subscriber is told of an event. */
export type OnEvent = (topic: string, args: unknown[], kwargs: Record<string, unknown>) => void;

/** What to subscribe to. */
export interface Subscriptions {
  readonly realm?: string;
  readonly topics: readonly string[];
}

const code = { HELLO: 1, WELCOME: 2, GOODBYE: 6, SUBSCRIBE: 32, SUBSCRIBED: 33, EVENT: 36 } as const;

/** Subscribes in the router's own process, so that nothing lies between the router and what is recorded. */
export async function subscribe(
  router: Router,
  { realm = 'realm1', topics }: Subscriptions,
  onEvent: OnEvent,
): Promise<void> {
  const socket = router.attach();
  const names = new Map<unknown, string>();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  socket.onclose = (_code, reason) => reject(new Error(`the subscriber was refused: ${reason}`));
  socket.onframe = (frame) => {
    const [type, first, second, , args, kwargs] = JSON.parse(frame) as unknown[];
    if (type === code.EVENT) onEvent(names.get(first) ?? '', (args ?? []) as unknown[], (kwargs ?? {}) as never);
    else if (type === code.WELCOME) {
      for (const [index, topic] of topics.entries()) {
        socket.send(JSON.stringify([code.SUBSCRIBE, index + 1, {}, topic]));
      }
    } else if (type === code.GOODBYE) {
      socket.send(JSON.stringify([code.GOODBYE, {}, 'wamp.close.goodbye_and_out']));
    } else if (type === code.SUBSCRIBED) {
      names.set(second, topics[(first as number) - 1] ?? '');
      if (names.size === topics.length) resolve();
    }
  };
  socket.send(JSON.stringify([code.HELLO, realm, { roles: { subscriber: {} } }]));
  await promise;
}
