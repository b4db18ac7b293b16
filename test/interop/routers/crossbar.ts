import { freePort, startCrossbar } from '@pgwamp/harness';
import { addressOf, realms, transports } from './configuration.ts';
import type { RouterKind } from './router.ts';

/** Crossbar.io as it comes from PyPI, one node for everything. */
export const crossbar: RouterKind = {
  name: 'Crossbar.io',
  async start() {
    const ports = [await freePort(), await freePort()] as const;
    const node = await startCrossbar({ realms, transports: transports(...ports) }, { port: ports[0], path: 'ws' });
    return { address: addressOf(...ports), [Symbol.asyncDispose]: () => node[Symbol.asyncDispose]() };
  },
};
