import { crossbarPython } from '@pgwamp/harness';
import { scenariosFor, testCell } from './cell.ts';
import { autobahnJs } from './clients/autobahn-js.ts';
import { AutobahnPython } from './clients/autobahn-python.ts';
import type { ClientKind, Wire } from './clients/client.ts';
import { wampy } from './clients/wampy.ts';
import { crossbar } from './routers/crossbar.ts';
import { pgwamp } from './routers/pgwamp.ts';
import type { RouterKind, RunningRouter } from './routers/router.ts';
import { scenarios } from './scenarios/index.ts';

// With Node alone there are two clients and one router. Who has installed Crossbar.io says so, and gets the whole table.
const withCrossbar = process.env.INTEROP === 'crossbar';
const routers: readonly RouterKind[] = withCrossbar ? [pgwamp, crossbar] : [pgwamp];
const python = withCrossbar ? [await AutobahnPython.start(crossbarPython)] : [];
const clients: readonly ClientKind[] = [autobahnJs, wampy, ...python];
const byHand: Wire = { transport: 'websocket', serializer: 'json' };

function testRouter(router: RouterKind): void {
  let running: RunningRouter | undefined;
  const address = () => {
    if (running === undefined) throw new Error('the router has not started');
    return running.address;
  };
  before(async () => {
    running = await router.start();
  });
  after(() => running?.[Symbol.asyncDispose]());

  for (const kind of clients) {
    for (const wire of kind.wires) {
      describe(`${kind.name} over ${wire.transport} in ${wire.serializer}`, () => {
        const chosen = scenariosFor(kind, wire, scenarios);
        for (const scenario of chosen) testCell({ scenario, router: router.name, kind, wire }, address);
      });
    }
  }

  describe('handwritten WAMP', () => {
    for (const scenario of scenarios.filter(({ raw }) => raw === true)) {
      testCell({ scenario, router: router.name, kind: autobahnJs, wire: byHand }, address);
    }
  });
}

describe('Interoperation', () => {
  for (const router of routers) describe(`of ${router.name}`, () => testRouter(router));

  after(async () => {
    for (const client of clients) await client.close();
  });
});
