import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { calleeConfiguration } from '@pgwamp/callee';
import { callerConfiguration } from '@pgwamp/caller';
import { jsonSchema } from '@pgwamp/config';
import { gatewayConfiguration } from '@pgwamp/gateway';
import { repositoryRoot } from '@pgwamp/harness';
import { proxyConfiguration } from '@pgwamp/proxy';
import { publisherConfiguration } from '@pgwamp/publisher';
import { DEFAULT_LIMITS } from '@pgwamp/router';
import { subscriberConfiguration } from '@pgwamp/subscriber';
import { expect } from 'chai';
import { functions } from '../../scripts/reference/functions.ts';
import { limits } from '../../scripts/reference/limits.ts';
import { options } from '../../scripts/reference/options.ts';
import { referencePages } from '../../scripts/reference/pages.ts';
import { statusTables } from '../../scripts/reference/status.ts';
import { relations } from '../../scripts/reference/views.ts';

/** The part of JSON Schema that is looked at. */
interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly additionalProperties?: Schema | boolean;
  readonly items?: Schema;
}

/** The paths of the keys that hold no other keys. */
function* leaves(schema: Schema, path: string): Generator<string> {
  const inner = [
    ...[...(schema.anyOf ?? []), ...(schema.oneOf ?? [])].map((part) => [path, part] as const),
    ...Object.entries(schema.properties ?? {}).map(([name, part]) => [path ? `${path}.${name}` : name, part] as const),
    ...(typeof schema.additionalProperties === 'object'
      ? [[`${path}.NAME`, schema.additionalProperties] as const]
      : []),
    ...(schema.items ? [[`${path}[]`, schema.items] as const] : []),
  ];
  if (inner.length === 0) yield path;
  for (const [below, part] of inner) yield* leaves(part, below);
}

const configurations = {
  Publisher: publisherConfiguration,
  Subscriber: subscriberConfiguration,
  Callee: calleeConfiguration,
  Caller: callerConfiguration,
  Gateway: gatewayConfiguration,
  Proxy: proxyConfiguration,
};

/** The options by which a sink of kind wamp joins its router and by which tokens are checked are documented once. */
const elsewhere = /^extra\.(sinks\.NAME\.(transport|authentication)|auth\.jwt)\./;

describe('Generated pages', () => {
  it('are the output of npm run reference', async () => {
    for (const [name, text] of Object.entries(await referencePages())) {
      expect(readFileSync(join(repositoryRoot, 'docs', name), 'utf8'), `docs/${name}: run npm run reference`).to.equal(
        text,
      );
    }
  });

  it('contain every key of the configurations, with its meaning', () => {
    const known = options();
    const rows = [...known.values()].flat();
    expect(rows).to.have.length.above(200);
    expect(rows.filter(({ meaning }) => !/^[^ (]/.test(meaning)).map(({ key }) => key)).to.deep.equal([]);
    const common = known.get('all') ?? [];
    for (const [name, configuration] of Object.entries(configurations)) {
      const keys = new Set([...common, ...(known.get(name) ?? [])].map(({ key }) => key));
      const paths = [...leaves(jsonSchema(configuration) as Schema, '')].map((path) =>
        path.replace(/(\[\]|\.NAME)+$/, ''),
      );
      expect(paths).to.have.length.above(40);
      expect(
        paths.filter((path) => !keys.has(path) && !elsewhere.test(path)),
        name,
      ).to.deep.equal([]);
    }
  });

  it('contain the default of a number that may be text', () => {
    const heartbeat = options()
      .get('all')
      ?.find(({ key }) => key === 'extra.database.heartbeat.interval');
    expect(heartbeat).to.include({ type: 'integer, 10 to 86400000', fallback: '`5000`' });
  });

  it('contain every limit of the router', () => {
    const listed = limits();
    expect(Object.fromEntries(listed.map(({ name, fallback }) => [name, fallback]))).to.deep.equal({
      ...DEFAULT_LIMITS,
    });
    expect(listed.filter(({ meaning }) => meaning === '')).to.deep.equal([]);
  });

  it('contain the meaning of each status field and each metric', async () => {
    const tables = await statusTables();
    expect(tables.map(({ name }) => name)).to.deep.equal(Object.keys(configurations));
    for (const { name, fields, metrics } of tables) {
      expect(fields, name).to.have.length.above(5);
      expect(metrics, name).to.have.length.above(5);
      expect(
        [...fields, ...metrics].filter((row) => row.at(-1) === ''),
        name,
      ).to.deep.equal([]);
    }
  });

  it('contain the meaning and the options of each SQL function', () => {
    const found = functions();
    expect(found.map(({ name }) => name)).to.include.members(['publish', 'register', 'call_each', 'rewind_proxy']);
    expect(found.filter(({ comment }) => comment === '')).to.deep.equal([]);
    for (const { name, signature, options } of found) {
      if (/options jsonb/.test(signature)) expect(options, name).to.have.length.above(2);
    }
  });

  it('contain the meaning of each column of public views and tables', () => {
    const found = relations();
    expect(found.map(({ name }) => name)).to.include.members(['publications', 'realms', 'registrations', 'calls']);
    for (const { name, columns } of found) {
      expect(columns, name).not.to.deep.equal([]);
      expect(
        columns.filter(({ comment }) => comment === ''),
        name,
      ).to.deep.equal([]);
    }
  });
});
