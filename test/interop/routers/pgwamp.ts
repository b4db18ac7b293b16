import { freePort } from '@pgwamp/harness';
import { createRouter } from '@pgwamp/router';
import { addressOf, realms, transports } from './configuration.ts';
import type { RouterKind } from './router.ts';

/** The router of this repository, with Crossbar.io's configuration. */
export const pgwamp: RouterKind = {
  name: '@pgwamp/router',
  async start() {
    const ports = [await freePort(), await freePort()] as const;
    const router = createRouter({ realms });
    for (const transport of transports(...ports)) await router.listen(transport);
    return { address: addressOf(...ports), [Symbol.asyncDispose]: () => router.close() };
  },
};
