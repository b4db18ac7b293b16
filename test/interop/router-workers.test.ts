import { Callee } from '@pgwamp/callee';
import { freePort, startCrossbarNode, waitFor } from '@pgwamp/harness';
import { joinByWebSocket } from '@pgwamp/harness/fixtures/join';
import { openEndpointStage } from '@pgwamp/harness/fixtures/sql-endpoints';
import { crossbarLogin } from '@pgwamp/harness/fixtures/sql-stage';
import { Publisher } from '@pgwamp/publisher';
import { expect } from 'chai';
import { pino } from 'pino';

const allow = { call: true, register: true, publish: true, subscribe: true };
const roles = [{ name: 'anonymous', permissions: [{ uri: '', match: 'prefix', allow }] }];

/** A router worker of a Crossbar.io node with one realm. */
function routerWorker(realm: string, port: number): object {
  const endpoint = { type: 'tcp', interface: '127.0.0.1', port };
  const transport = { type: 'web', endpoint, paths: { ws: { type: 'websocket' } } };
  return { type: 'router', realms: [{ name: realm, roles }], transports: [transport] };
}

if (process.env.INTEROP === 'crossbar') {
  describe('Crossbar.io node with several router workers, each with a realm', function () {
    this.timeout(240_000);

    it('serves the events and procedures of one database in each realm', async () => {
      await using stack = new AsyncDisposableStack();
      const { database, sql } = stack.use(await openEndpointStage());
      await sql.query(
        `SELECT crossbar.register('com.example.add2', 'add2(integer, integer)', '{"run_as": "crossbar"}')`,
      );
      const ports = { north: await freePort(), south: await freePort() };
      const workers = Object.entries(ports).map(([realm, port]) => routerWorker(realm, port));
      const config = JSON.stringify({ version: 2, controller: {}, workers });
      stack.use(await startCrossbarNode({ '.crossbar/config.json': config }, { port: ports.south, path: 'ws' }));
      const seen: Record<keyof typeof ports, unknown[]> = { north: [], south: [] };
      for (const realm of ['north', 'south'] as const) {
        const transport = { type: 'websocket' as const, url: `ws://127.0.0.1:${ports[realm]}/ws` };
        const options = { realm, transport, extra: { database: crossbarLogin(database) } };
        const environment = { log: pino({ level: 'silent' }) };
        await stack.use(new Publisher(options, environment)).start();
        const callee = stack.use(new Callee(options, environment));
        await callee.start();
        await waitFor(() => callee.status().registrations.registered === 1, {
          what: `add2 in ${realm}`,
          deadline: 30_000,
        });
        const session = stack.use(await joinByWebSocket(transport.url, realm));
        await session.subscribe('com.example.event', (args) => seen[realm].push(...args));
        expect(await session.call('com.example.add2', [2, 3])).to.deep.include({ args: [5] });
      }
      await sql.query(
        `SELECT crossbar.publish('com.example.event', jsonb_build_array(n)) FROM generate_series(1, 20) AS n`,
      );
      const all = Array.from({ length: 20 }, (_, index) => index + 1);
      await waitFor(() => seen.north.length === 20 && seen.south.length === 20, {
        what: 'the events in both realms',
        deadline: 30_000,
      });
      expect(seen).to.deep.equal({ north: all, south: all });
    });
  });
}
