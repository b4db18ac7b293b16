import type { ValidateFunction } from 'ajv/dist/2020.js';
import { expect } from 'chai';
import { nodeJsonSchema } from '../../src/configuration/json-schema.ts';
import { pgwamp } from '../support/command.ts';
import { node, routerWorker } from '../support/configurations.ts';
import { nodeValidator } from '../support/validate.ts';

const database = { host: '127.0.0.1', database: 'shop', user: 'crossbar', password: '$PGPASSWORD' };
const transport = { type: 'websocket', url: 'ws://127.0.0.1:8080/ws' };
const own = { type: 'class', classname: 'pgwamp.Publisher', realm: 'realm1', extra: { database } };

/** The paths of keys without a description. */
function undescribed(schema: unknown, path = ''): string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  return Object.entries(schema).flatMap(([key, value]) => {
    if (key !== 'properties') return undescribed(value, path);
    return Object.entries(value as Record<string, { description?: string }>).flatMap(([name, property]) => {
      const own = property.description || 'const' in property ? [] : [`${path}.${name}`];
      return [...own, ...undescribed(property, `${path}.${name}`)];
    });
  });
}

describe("JSON Schema of a node's configuration", () => {
  let validate: ValidateFunction;
  before(async () => {
    validate = await nodeValidator();
  });
  const problemsOf = (configuration: object): string[] => {
    validate(configuration);
    return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
  };

  it('accepts routers, containers, guests and components of every class', async () => {
    const workers = [
      routerWorker({ components: [{ ...own, role: 'anonymous' }] }),
      {
        type: 'container',
        components: [
          { ...own, transport },
          { ...own, classname: './a.js:A', transport, extra: 5 },
        ],
      },
      { type: 'guest', executable: 'node', options: { stdin: { type: 'json', value: [1] } } },
    ];
    expect(
      problemsOf({ $schema: 'x', ...node(workers, { admin: { endpoint: { type: 'tcp', port: 1 } } }) }),
    ).to.deep.equal([]);
  });

  it('refuses unknown keys and wrong values', async () => {
    expect(problemsOf(node([routerWorker({ surprise: 1 })]))).not.to.deep.equal([]);
    expect(problemsOf(node([{ type: 'container', components: [own] }]))).not.to.deep.equal([]);
    expect(problemsOf({ version: 1, workers: [routerWorker()] })).not.to.deep.equal([]);
  });

  it('accepts a variable instead of a URL, and no other text', () => {
    const proxy = (url: string) => ({
      type: 'class',
      classname: 'pgwamp.Proxy',
      extra: {
        database,
        sources: { changes: { kind: 'channel', channels: ['a'] } },
        sinks: { hook: { kind: 'webhook', url } },
        routes: [{ from: 'changes', to: 'hook' }],
      },
    });
    const problems = (url: string) => problemsOf(node([{ type: 'container', components: [proxy(url)] }]));
    expect(problems('https://example.com/hooks')).to.deep.equal([]);
    expect(problems('$HOOK')).to.deep.equal([]);
    expect(problems('hooks')).not.to.deep.equal([]);
  });

  it('describes every key except those with a single value', async () => {
    expect(undescribed(await nodeJsonSchema())).to.deep.equal([]);
  });

  it('is printed by pgwamp schema', async () => {
    const { code, stdout } = await pgwamp(['schema']);
    expect(code).to.equal(0);
    expect(JSON.parse(stdout)).to.deep.equal(await nodeJsonSchema());
  });
});
