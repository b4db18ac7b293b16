import { calleeConfiguration, parseCalleeConfiguration } from '@pgwamp/callee';
import { callerConfiguration, parseCallerConfiguration } from '@pgwamp/caller';
import { jsonSchema } from '@pgwamp/config';
import { gatewayConfiguration } from '@pgwamp/gateway';
import { proxyConfiguration } from '@pgwamp/proxy';
import { parsePublisherConfiguration, publisherConfiguration } from '@pgwamp/publisher';
import { parseSubscriberConfiguration, subscriberConfiguration } from '@pgwamp/subscriber';
import { expect } from 'chai';
import { document, documents, tableRows } from './support/documents.ts';

/** The part of JSON Schema that is looked at. */
interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly additionalProperties?: Schema | boolean;
  readonly items?: Schema;
  readonly default?: unknown;
  readonly type?: string;
  readonly minimum?: number;
  readonly maximum?: number;
}

/** What a schema has below a path: what each object has that the user names, and each object of a list. */
function partsOf({ additionalProperties: named, items }: Schema, path: string): [path: string, schema: Schema][] {
  const below: [string, Schema][] = typeof named === 'object' ? [[`${path}.NAME`, named]] : [];
  return items ? [...below, [`${path}[]`, items]] : below;
}

/** The paths of all keys of a configuration, and their defaults as JSON where there are any. */
function keysOf(schema: Schema, path = ''): Map<string, string | undefined> {
  const keys = new Map<string, string | undefined>();
  for (const branch of [schema, ...(schema.anyOf ?? []), ...(schema.oneOf ?? [])]) {
    for (const [name, inner] of Object.entries(branch.properties ?? {})) {
      const whole = path === '' ? name : `${path}.${name}`;
      keys.set(whole, inner.default === undefined ? undefined : JSON.stringify(inner.default));
      for (const [key, value] of keysOf(inner, whole)) keys.set(key, value);
    }
    const below = [...partsOf(branch, path), ...(branch === schema ? [] : [[path, branch] as const])];
    for (const [its, part] of below) for (const [key, value] of keysOf(part, its)) keys.set(key, value);
  }
  return keys;
}

/** The paths of the keys that are integers, and their bounds in the words of the pages. */
function boundsOf(schema: Schema, path = ''): Map<string, string> {
  const bounds = new Map<string, string>();
  for (const branch of [schema, ...(schema.anyOf ?? []), ...(schema.oneOf ?? [])]) {
    for (const [name, inner] of Object.entries(branch.properties ?? {})) {
      const whole = path === '' ? name : `${path}.${name}`;
      const integer = [inner, ...(inner.anyOf ?? [])].find(({ type }) => type === 'integer');
      const { minimum, maximum = Number.MAX_SAFE_INTEGER } = integer ?? {};
      const most = maximum === Number.MAX_SAFE_INTEGER ? 'or more' : `to ${maximum}`;
      if (integer) bounds.set(whole, `integer, ${minimum} ${most}`);
      for (const [key, value] of boundsOf(inner, whole)) bounds.set(key, value);
    }
    const below = [...partsOf(branch, path), ...(branch === schema ? [] : [[path, branch] as const])];
    for (const [its, part] of below) for (const [key, value] of boundsOf(part, its)) bounds.set(key, value);
  }
  return bounds;
}

/** Each page, and where else a key may be described that is not the component's own. */
const pages = [
  { page: 'docs/publisher.md', configuration: publisherConfiguration, shared: ['docs/configuration.md'] },
  { page: 'docs/callee.md', configuration: calleeConfiguration, shared: ['docs/configuration.md'] },
  { page: 'docs/caller.md', configuration: callerConfiguration, shared: ['docs/configuration.md'] },
  { page: 'docs/subscriber.md', configuration: subscriberConfiguration, shared: ['docs/configuration.md'] },
  { page: 'docs/proxy.md', configuration: proxyConfiguration, shared: [] },
  { page: 'docs/gateway.md', configuration: gatewayConfiguration, shared: ['docs/configuration.md'] },
] as const;

/** How a sink of kind wamp joins its router is described once for all. */
const elsewhere = /^extra\.sinks\.NAME\.(transport|authentication)\./;

for (const { page, configuration, shared } of pages) {
  const keys = keysOf(jsonSchema(configuration) as Schema);
  const own = tableRows(document(page));
  const rows = new Map([...shared, page].flatMap((path) => [...tableRows(document(path))]));

  describe(page, () => {
    it('describes every key of the configuration', () => {
      expect(keys.size).to.be.greaterThan(40);
      expect([...keys.keys()].filter((key) => !rows.has(key) && !elsewhere.test(key))).to.deep.equal([]);
    });

    it('describes no key that does not exist', () => {
      const described = [...own.keys()].filter((key) => /^(transport|authentication|extra)(\.|$)/.test(key));
      expect(described.filter((key) => !keys.has(key))).to.deep.equal([]);
    });

    it('tells every default as it is', () => {
      const wrong = [...keys].filter(
        ([key, value]) => value !== undefined && !elsewhere.test(key) && !rows.get(key)?.includes(` \`${value}\` `),
      );
      expect(wrong).to.deep.equal([]);
    });

    it('tells the bounds of every integer as they are', () => {
      const bounds = [...boundsOf(jsonSchema(configuration) as Schema)];
      expect(bounds.length).to.be.greaterThan(5);
      const described = bounds.filter(([key]) => !elsewhere.test(key));
      expect(described.filter(([key, value]) => !rows.get(key)?.includes(` ${value} `))).to.deep.equal([]);
    });
  });
}

/** What takes the configurations of a page. */
const parsers: Readonly<Record<string, (configuration: never) => { readonly realm: string }>> = {
  'docs/callee.md': parseCalleeConfiguration,
  'docs/caller.md': parseCallerConfiguration,
  'docs/subscriber.md': parseSubscriberConfiguration,
};

describe('the configurations in JSON', () => {
  const configurations = documents()
    .flatMap(({ blocks }) => blocks)
    .filter(({ language, fragment, code }) => language === 'json' && !fragment && code.includes('"transport"'));

  for (const { place, code } of configurations) {
    it(`${place} is one that its component takes`, () => {
      const literal = code.replace(/"\$[A-Z0-9_]+"/g, '"postgres://crossbar@127.0.0.1/mydb"');
      const parse = parsers[place.replace(/:\d+$/, '')] ?? parsePublisherConfiguration;
      expect(parse(JSON.parse(literal) as never).realm).to.equal('realm1');
    });
  }

  it('are some', () => expect(configurations).to.have.length.greaterThan(1));
});
