import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Callee } from '@pgwamp/callee';
import { Caller } from '@pgwamp/caller';
import type { Metrics } from '@pgwamp/core/internal/component';
import { Gateway } from '@pgwamp/gateway';
import { repositoryRoot } from '@pgwamp/harness';
import { Proxy } from '@pgwamp/proxy';
import { Publisher } from '@pgwamp/publisher';
import { createRouter } from '@pgwamp/router';
import { Subscriber } from '@pgwamp/subscriber';
import { expect } from 'chai';
import { type Logger, pino } from 'pino';
import { document, tableRows } from './support/documents.ts';

// The library belongs to core alone; an application brings its own.
const { Registry } = createRequire(join(repositoryRoot, 'packages/core/package.json'))('@prometheus-io/client') as {
  Registry: new () => Metrics;
};

/** A component, made and not started. */
interface Stopped extends AsyncDisposable {
  status(): { readonly state: string };
}

type Environment = { readonly log: Logger; readonly metrics?: Metrics };

const database = { uri: 'postgres://127.0.0.1/x' };
const silent = pino({ level: 'silent' });

/** A component that joins a realm. */
function wamp(Made: typeof Publisher | typeof Callee | typeof Caller | typeof Subscriber) {
  return async (environment: Environment): Promise<Stopped> => {
    await using router = createRouter({ realms: ['realm1'] });
    return new Made({ realm: 'realm1', transport: { type: 'memory', router }, extra: { database } }, environment);
  };
}

async function gateway(environment: Environment): Promise<Stopped> {
  return new Gateway({ extra: { database, endpoint: { type: 'tcp', port: 0 } } }, environment);
}

async function proxy(environment: Environment): Promise<Stopped> {
  const sources = { changes: { kind: 'wal' } } as const;
  const sinks = { broker: { kind: 'mqtt', uri: 'mqtt://127.0.0.1' } } as const;
  return new Proxy({ extra: { database, sources, sinks, routes: [{ from: 'changes', to: 'broker' }] } }, environment);
}

const pages = [
  { page: 'docs/publisher.md', make: wamp(Publisher) },
  { page: 'docs/callee.md', make: wamp(Callee) },
  { page: 'docs/caller.md', make: wamp(Caller) },
  { page: 'docs/subscriber.md', make: wamp(Subscriber) },
  { page: 'docs/gateway.md', make: gateway },
  { page: 'docs/proxy.md', make: proxy },
];

for (const { page, make } of pages) {
  const rows = tableRows(document(page));

  describe(page, () => {
    it('describes every metric with its type, and no other', async () => {
      const metrics = new Registry();
      await using _component = await make({ log: silent, metrics });
      const types = (await metrics.metrics()).matchAll(/^# TYPE (\S+) (\S+)$/gm);
      const registered = new Map([...types].map(([, name = '', type = '']) => [name, type]));
      const described = [...rows.keys()].filter((name) => name.startsWith('pgwamp_'));
      expect(described).to.have.members([...registered.keys()]);
      for (const [name, type] of registered) expect(rows.get(name), name).to.match(new RegExp(`\\| ${type} +\\|`));
    });

    it('describes every field of the status', async () => {
      await using component = await make({ log: silent });
      expect(component.status().state).to.equal('stopped');
      expect(Object.keys(component.status()).filter((field) => !rows.has(field))).to.deep.equal([]);
    });
  });
}
