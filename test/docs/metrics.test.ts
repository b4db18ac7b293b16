import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Callee } from '@pgwamp/callee';
import { Caller } from '@pgwamp/caller';
import type { Metrics } from '@pgwamp/core/internal/component';
import { Gateway } from '@pgwamp/gateway';
import { repositoryRoot } from '@pgwamp/harness';
import { Publisher } from '@pgwamp/publisher';
import { createRouter } from '@pgwamp/router';
import { Subscriber } from '@pgwamp/subscriber';
import { expect } from 'chai';
import { pino } from 'pino';
import { document, tableRows } from './support/documents.ts';

// The library belongs to core alone; an application brings its own.
const { Registry } = createRequire(join(repositoryRoot, 'packages/core/package.json'))('@prometheus-io/client') as {
  Registry: new () => Metrics;
};

/** A component, made and not started. */
interface Stopped extends AsyncDisposable {
  status(): { readonly state: string };
}

const pages = [
  { page: 'docs/publisher.md', Made: Publisher },
  { page: 'docs/callee.md', Made: Callee },
  { page: 'docs/caller.md', Made: Caller },
  { page: 'docs/subscriber.md', Made: Subscriber },
  { page: 'docs/gateway.md', Made: Gateway },
] as const;

async function make({ Made }: (typeof pages)[number], given: { metrics?: Metrics } = {}): Promise<Stopped> {
  await using router = createRouter({ realms: ['realm1'] });
  const database = { uri: 'postgres://127.0.0.1/x' };
  const environment = { log: pino({ level: 'silent' }), ...given };
  if (Made === Gateway) return new Gateway({ extra: { database, endpoint: { type: 'tcp', port: 0 } } }, environment);
  const Peer = Made as Exclude<typeof Made, typeof Gateway>;
  return new Peer({ realm: 'realm1', transport: { type: 'memory', router }, extra: { database } }, environment);
}

for (const page of pages) {
  const rows = tableRows(document(page.page));

  describe(page.page, () => {
    it('describes every metric with its type, and no other', async () => {
      const metrics = new Registry();
      await using _component = await make(page, { metrics });
      const types = (await metrics.metrics()).matchAll(/^# TYPE (\S+) (\S+)$/gm);
      const registered = new Map([...types].map(([, name = '', type = '']) => [name, type]));
      const described = [...rows.keys()].filter((name) => name.startsWith('pgwamp_'));
      expect(described).to.have.members([...registered.keys()]);
      for (const [name, type] of registered) expect(rows.get(name), name).to.match(new RegExp(`\\| ${type} +\\|`));
    });

    it('describes every field of the status', async () => {
      await using component = await make(page);
      expect(component.status().state).to.equal('stopped');
      expect(Object.keys(component.status()).filter((field) => !rows.has(field))).to.deep.equal([]);
    });
  });
}
