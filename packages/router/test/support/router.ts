import { createRouter, type Listener, type Router, type RouterOptions, type SessionEnd } from '../../src/index.ts';

/** A router for one test: what it has reported of ended sessions and of its own errors is kept. */
export interface TestRouter extends AsyncDisposable {
  readonly router: Router;
  readonly listener: Listener;
  readonly url: string;
  readonly ends: SessionEnd[];
  readonly errors: Error[];
}

export async function startRouter(options: Partial<RouterOptions> = {}): Promise<TestRouter> {
  const ends: SessionEnd[] = [];
  const errors: Error[] = [];
  const router = createRouter({
    realms: ['realm1'],
    onSessionEnd: (end) => ends.push(end),
    onError: (error) => errors.push(error),
    ...options,
  });
  const listener = await router.listen();
  return { router, listener, url: listener.url, ends, errors, [Symbol.asyncDispose]: () => router.close() };
}
