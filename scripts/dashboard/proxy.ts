import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Metrics } from '@pgwamp/core/internal/component';
import { Proxy } from '@pgwamp/proxy';
import { catalogueOf, dashboard } from './grafana.ts';

// The library belongs to core alone; an application brings its own.
const { Registry } = createRequire(join(import.meta.dirname, '../../packages/core/package.json'))(
  '@prometheus-io/client',
) as { Registry: new () => Metrics };

/** The dashboard of the Proxy, out of the metrics that one registers. */
export async function proxyDashboard(): Promise<object> {
  const metrics = new Registry();
  const sources = { changes: { kind: 'wal' } } as const;
  const sinks = { broker: { kind: 'mqtt', uri: 'mqtt://127.0.0.1' } } as const;
  const database = { uri: 'postgres://127.0.0.1/x' };
  const extra = { database, sources, sinks, routes: [{ from: 'changes', to: 'broker' }] };
  await using _proxy = new Proxy({ extra }, { metrics });
  return dashboard('pgwamp Proxy', 'pgwamp-proxy', catalogueOf(await metrics.metrics()));
}
