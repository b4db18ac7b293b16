import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Callee } from '@pgwamp/callee';
import { Caller } from '@pgwamp/caller';
import type { Metrics } from '@pgwamp/core/internal/component';
import { Gateway } from '@pgwamp/gateway';
import { Proxy } from '@pgwamp/proxy';
import { Publisher } from '@pgwamp/publisher';
import { createRouter } from '@pgwamp/router';
import { Subscriber } from '@pgwamp/subscriber';
import { type Logger, pino } from 'pino';
import { type Declaration, fieldsOf } from '../declarations.ts';
import { plainCell, renderTable, type Table } from '../markdown-table.ts';

const root = join(import.meta.dirname, '../..');

// The library belongs to core alone; an application brings its own.
const { Registry } = createRequire(join(root, 'packages/core/package.json'))('@prometheus-io/client') as {
  Registry: new () => Metrics;
};

/** A component, made and not started. */
interface Stopped extends AsyncDisposable {
  status(): object;
}

type Environment = { readonly log: Logger; readonly metrics: Metrics };

const database = { uri: 'postgres://127.0.0.1/x' };

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

const components = [
  { name: 'Publisher', make: wamp(Publisher), within: {} },
  { name: 'Subscriber', make: wamp(Subscriber), within: {} },
  { name: 'Callee', make: wamp(Callee), within: {} },
  { name: 'Caller', make: wamp(Caller), within: {} },
  { name: 'Gateway', make: gateway, within: { log: 'LogStatus', 'tables[]': 'TableStatus' } },
  { name: 'Proxy', make: proxy, within: { 'sinks.NAME': 'SinkStatus' } },
] as const;

/** The fields of a status and the metrics of each component, as the sources describe them. */
export async function statusTables(): Promise<{ name: string; fields: Table; metrics: Table }[]> {
  const described = components.map(async ({ name, make, within }) => {
    const registry = new Registry();
    await using component = await make({ log: pino({ level: 'silent' }), metrics: registry });
    const file = join(root, `packages/${name.toLowerCase()}/src/status.ts`);
    const own = fieldsOf(file, `${name}Status`);
    const undocumented = Object.keys(component.status()).filter(
      (field) => ![...common(), ...own].some((it) => it.name === field),
    );
    if (undocumented.length > 0) throw new Error(`${file} does not describe ${undocumented.join(', ')}`);
    const inner = Object.entries(within).flatMap(([place, type]) => rows(fieldsOf(file, type), `${place}.`));
    return {
      name,
      fields: [['field', 'meaning'], ...rows(own), ...inner],
      metrics: metricRows(await registry.metrics()),
    };
  });
  return Promise.all(described);
}

function common(): Declaration[] {
  return fieldsOf(join(root, 'packages/core/src/component/status.ts'), 'ComponentStatus');
}

function rows(fields: readonly Declaration[], place = ''): Table {
  return fields.map(({ name, summary }) => [`\`${place}${name}\``, phrase(summary)]);
}

/** The corresponding metrics. */
function metricRows(exposition: string): Table {
  const types = new Map(
    [...exposition.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name = '', type = '']) => [name, type]),
  );
  const helps = [...exposition.matchAll(/^# HELP (\S+) (.*)$/gm)];
  const found = helps.map(([, name = '', help = '']) => [`\`${name}\``, types.get(name) ?? '', phrase(help)]);
  return [['metric', 'type', 'meaning'], ...found];
}

function phrase(sentence: string): string {
  return plainCell(sentence.replace(/\.$/, ''));
}

const introduction = `# Status and metrics

\`component.status()\` returns a snapshot of the state and the counters of a component. [Metrics](configuration.md#metrics) have the
same values for Prometheus. \`npm run reference\` makes this page from the sources. Counters start when the object is created.

## All components

`;

/** docs/status.md. */
export async function statusPage(): Promise<string> {
  const sections = (await statusTables()).map(({ name, fields, metrics }) => {
    return `## ${name}\n\n${renderTable(fields)}\n${renderTable(metrics)}`;
  });
  const [head, ...all] = [['field', 'meaning'], ...rows(common())];
  return [introduction + renderTable([head ?? [], ...all]), ...sections].join('\n');
}
