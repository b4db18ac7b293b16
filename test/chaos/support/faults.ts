import { setTimeout as delay } from 'node:timers/promises';
import type { Draw, TcpProxy } from '@pgwamp/harness';
import type { Stage } from './stage.ts';

/** Does something to a stage, and puts it right again. */
type Fault = (stage: Stage, draw: Draw) => Promise<void>;

/** Half open: neither side learns that the other one is gone. */
async function stall(proxy: TcpProxy, draw: Draw): Promise<void> {
  proxy.swallow();
  await delay(draw(100, 1500));
  await proxy.resume();
}

async function slow(proxy: TcpProxy, draw: Draw): Promise<void> {
  proxy.slow(draw(5, 60));
  await delay(draw(500, 2500));
  proxy.slow(0);
}

async function refuse(proxy: TcpProxy, draw: Draw): Promise<void> {
  proxy.refuse();
  proxy.cut();
  await delay(draw(100, 1500));
  await proxy.resume();
}

/** By name, so that a log of a run says what was done. */
export const faults: Readonly<Record<string, Fault>> = {
  'PostgreSQL is cut': async ({ proxies }) => proxies.postgres.cut(),
  'PostgreSQL stalls': ({ proxies }, draw) => stall(proxies.postgres, draw),
  'PostgreSQL is slow': ({ proxies }, draw) => slow(proxies.postgres, draw),
  'PostgreSQL refuses': ({ proxies }, draw) => refuse(proxies.postgres, draw),
  async 'PostgreSQL is killed'({ server }, draw) {
    await server.stop('immediate');
    await delay(draw(0, 500));
    await server.start();
  },
  async 'sessions are terminated'({ server }) {
    await using sql = await server.connect();
    await sql.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'crossbar'`);
  },
  'the router is cut': async ({ proxies }) => proxies.router.cut(),
  'the router stalls': ({ proxies }, draw) => stall(proxies.router, draw),
  'the router is slow': ({ proxies }, draw) => slow(proxies.router, draw),
  'the router refuses': ({ proxies }, draw) => refuse(proxies.router, draw),
  async 'the router is killed'({ router }, draw) {
    await router.end();
    await delay(draw(0, 500));
    await router.begin();
  },
};
