import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Metrics } from '@pgwamp/core/component';
import { repositoryRoot } from '@pgwamp/harness';
import { Publisher } from '@pgwamp/publisher';
import { createRouter } from '@pgwamp/router';
import { expect } from 'chai';
import { pino } from 'pino';
import { document, tableRows } from './support/documents.ts';

// The library belongs to core alone; an application brings its own.
const { Registry } = createRequire(join(repositoryRoot, 'packages/core/package.json'))('@prometheus-io/client') as {
  Registry: new () => Metrics;
};

/** The metrics of a Publisher that was made and not started: name and type. */
async function registered(): Promise<Map<string, string>> {
  const metrics = new Registry();
  await using router = createRouter({ realms: ['realm1'] });
  await using publisher = new Publisher(
    { realm: 'realm1', transport: { type: 'memory', router }, extra: { database: { uri: 'postgres://127.0.0.1/x' } } },
    { metrics, log: pino({ level: 'silent' }) },
  );
  const text = await metrics.metrics();
  expect(publisher.status().state).to.equal('stopped');
  return new Map([...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name = '', type = '']) => [name, type]));
}

describe('docs/publisher.md', () => {
  const rows = tableRows(document('docs/publisher.md'));

  it('describes every metric, and no other', async () => {
    const described = [...rows.keys()].filter((name) => name.startsWith('pgwamp_'));
    expect(described).to.have.members([...(await registered()).keys()]);
  });

  it('tells the type of every metric', async () => {
    for (const [name, type] of await registered()) expect(rows.get(name), name).to.include(`| ${type} `);
  });

  it('describes every field of the status', async () => {
    await using router = createRouter({ realms: ['realm1'] });
    await using publisher = new Publisher(
      {
        realm: 'realm1',
        transport: { type: 'memory', router },
        extra: { database: { uri: 'postgres://127.0.0.1/x' } },
      },
      { log: pino({ level: 'silent' }) },
    );
    expect(Object.keys(publisher.status()).filter((field) => !rows.has(field))).to.deep.equal([]);
  });
});
