import { createRouter } from '@pgwamp/router';
import { auth, realms } from './configuration.ts';
import type { RouterKind } from './router.ts';

/** The router of this repository. */
export const pgwamp: RouterKind = {
  name: '@pgwamp/router',
  async start() {
    const router = createRouter({ realms });
    const { url } = await router.listen();
    const secured = await router.listen({ path: '/auth', auth });
    return {
      address: { url, authUrl: secured.url, rawSocketPort: 0 },
      [Symbol.asyncDispose]: () => router.close(),
    };
  },
};
