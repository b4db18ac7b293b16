import { createRouter, type Router, type RouterOptions } from '@pgwamp/router';
import type { Session } from '../../src/wamp/index.ts';
import { type JoinVariant, joinUrl } from './join.ts';

/** The project's own router, listening. */
export interface RealRouter extends AsyncDisposable {
  readonly router: Router;
  readonly url: string;
  join(variant?: JoinVariant): Promise<Session>;
}

export async function startRealRouter(options: Partial<RouterOptions> = {}): Promise<RealRouter> {
  const router = createRouter({ realms: ['realm1'], ...options });
  const { url } = await router.listen();
  return {
    router,
    url,
    join: (variant) => joinUrl(url, variant),
    [Symbol.asyncDispose]: () => router.close(),
  };
}
