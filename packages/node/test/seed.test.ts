import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort, type TestDatabase, waitFor } from '@pgwamp/harness';
import { joinByWebSocket } from '@pgwamp/harness/fixtures/join';
import { createSetUpDatabase } from '@pgwamp/harness/fixtures/sql-database';
import { expect } from 'chai';
import { stringify } from 'yaml';
import { routerWorker } from './support/configurations.ts';
import { startNode } from './support/running-node.ts';

/** The text in place of the ellipses in Crossbar.io's documentation. */
function withoutDots(text: string, worker: object): string {
  const members = JSON.stringify(worker).slice(1, -1);
  return text
    .replace('"workers"', '"version": 2, "workers"')
    .replace('...', `${members},`)
    .replace('...', '"status": { "type": "nodeinfo" },');
}

/** The test's ports and database in place of 8080, 5432 and cdc. */
function moved(text: string, port: number, { config, name }: TestDatabase): string {
  return text.replaceAll('8080', String(port)).replace('5432', String(config.port)).replace('"cdc"', `"${name}"`);
}

function seed(name: string): Promise<string> {
  return readFile(join(import.meta.dirname, 'fixtures', `seed-${name}.txt`), 'utf8');
}

describe("Configurations of Crossbar.io's PostgreSQL integration", () => {
  const { realms, transports } = routerWorker() as { realms: object; transports: object };

  const cases: Readonly<Record<string, object>> = { container: { realms }, router: { realms, transports } };
  for (const [name, format, dots] of Object.entries(cases).flatMap(([key, value]) =>
    (['JSON', 'YAML'] as const).map((it) => [key, it, value] as const),
  )) {
    it(`run a Publisher in a ${name} worker, as ${format}`, async () => {
      await using database = await createSetUpDatabase();
      const text = moved(withoutDots(await seed(name), dots), await freePort(), database);
      const yaml = { files: { 'node.yaml': stringify(JSON.parse(text)) }, args: ['--config', '.crossbar/node.yaml'] };
      await using node = await startNode(text, format === 'YAML' ? yaml : {});
      await node.ready();
      expect(node.process.output).to.include(`starting .crossbar/${format === 'YAML' ? 'node.yaml' : 'config.json'}`);

      await using session = await joinByWebSocket(await node.url('router-1'));
      const events: unknown[] = [];
      await session.subscribe('com.example.topic1', (args, kwargs) => events.push([args, kwargs]));
      await using sql = await database.connect();
      await sql.query(`SELECT crossbar.publish('com.example.topic1', json_build_array('hello world!', 23)::jsonb)`);
      await waitFor(() => events.length > 0, { what: 'the event' });
      expect(events).to.deep.equal([[['hello world!', 23], {}]]);

      node.process.kill('SIGTERM');
      expect(await node.exit()).to.deep.equal({ code: 143, signal: null });
    });
  }
});
