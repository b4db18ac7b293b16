import { expect } from 'chai';
import { readNode } from '../../src/configuration/read-node.ts';
import { node, routerWorker } from '../support/configurations.ts';
import { createFolder } from '../support/folder.ts';
import { problemsOf } from '../support/problems.ts';

const database = { host: '127.0.0.1', database: 'shop', user: 'crossbar', password: 'secret' };

function component(more: object = {}): object {
  return {
    type: 'class',
    classname: 'pgwamp.Publisher',
    realm: 'realm1',
    role: 'anonymous',
    extra: { database },
    ...more,
  };
}

function container(more: object = {}): object {
  const transport = { type: 'websocket', url: 'ws://127.0.0.1:8080/ws' };
  const { role: _, ...apart } = component({ transport, ...more }) as { role: string };
  return { type: 'container', components: [apart] };
}

describe('Configuration of a node', () => {
  it('is read as JSON and as YAML', async () => {
    const yaml = `
version: 2
workers:
  - type: router
    realms: [{ name: realm1 }]
    transports:
      - type: web
        endpoint: { type: tcp, port: 8080 }
        paths: { ws: { type: websocket } }
`;
    expect(await problemsOf(yaml, { name: 'config.yaml' })).to.deep.equal([]);
    expect(await problemsOf(node([routerWorker({ components: [component()] }), container()]))).to.deep.equal([]);
  });

  it('accepts every class by its own name and that of Crossbar.io, and a class in a file', async () => {
    for (const name of ['Publisher', 'Subscriber', 'Callee', 'Caller']) {
      for (const classname of [`pgwamp.${name}`, `crossbar.adapter.postgres.PostgreSQL${name}`]) {
        expect(
          await problemsOf(node([routerWorker({ components: [component({ classname })] })])),
          classname,
        ).to.deep.equal([]);
      }
    }
    await using folder = await createFolder({
      'config.json': node([container({ classname: './greeter.js:Greeter', extra: { greeting: 'hello' } })]),
      'greeter.js': 'export class Greeter { async start() {} async stop() {} }',
    });
    const { node: read } = await readNode(`${folder.path}/config.json`);
    expect(read.workers[0]).to.have.nested.property('components[0].extra.greeting', 'hello');
  });

  it('reports line and column of syntax errors', async () => {
    expect(await problemsOf('{\n  "version": 2,\n  "workers": [\n')).to.deep.equal([
      '4:1 the text ends before its last bracket is closed',
    ]);
    expect(await problemsOf('{"version": 2,\n "version": 2}')).to.deep.equal(['2:2 duplicate key "version"']);
  });

  it('reports line, column and path of every mistake', async () => {
    const text = `{
  "version": 2,
  "workres": [],
  "workers": [
    { "type": "container",
      "components": [
        { "type": "class", "classname": "pgwamp.Publisher", "realm": "realm1",
          "transport": { "type": "websocket", "url": "http://127.0.0.1" },
          "extra": { "database": { "host": "127.0.0.1", "user": "crossbar" }, "delivry": "wal" } }
      ] }
  ]
}`;
    expect(await problemsOf(text)).to.deep.equal([
      '3:3 workres: unknown key (expected one of $schema, version, controller, workers)',
      '8:54 workers[0].components[0].transport.url: expected a URL such as ws://127.0.0.1:8080/ws, found "http://127.0.0.1"',
      '9:34 workers[0].components[0].extra.database.database: missing (expected a string)',
      '9:79 workers[0].components[0].extra.delivry: unknown key, did you mean delivery?',
    ]);
  });

  it('reports a missing key at the object that should contain it', async () => {
    expect(await problemsOf('{}')).to.deep.equal([
      '1:1 version: missing (expected 2)',
      '1:1 workers: missing (expected a list)',
    ]);
  });

  it('replaces variables of the environment, and reports unset ones', async () => {
    const text = node([
      container({ extra: { database: { uri: 'postgres://crossbar:${PGPASSWORD}@127.0.0.1/shop' } } }),
    ]);
    expect(await problemsOf(text, { environment: { PGPASSWORD: 'x' } })).to.deep.equal([]);
    const [problem, ...others] = await problemsOf(text);
    expect(problem).to.match(
      /workers\[0\].components\[0\].extra.database.uri: environment variable PGPASSWORD is not set$/,
    );
    expect(others).to.deep.equal([]);
  });

  it('lists the known classes', async () => {
    const [problem] = await problemsOf(node([container({ classname: 'pgwamp.Publisehr' })]));
    expect(problem).to.match(
      /classname: expected one of pgwamp.Publisher, crossbar.adapter.*, found "pgwamp.Publisehr"$/,
    );
  });

  it('reports why the class of a file cannot be used', async () => {
    const problems = async (file: string) => {
      await using folder = await createFolder({
        'config.json': node([container({ classname: './greeter.js:Greeter' })]),
        'greeter.js': file,
      });
      const error = await readNode(`${folder.path}/config.json`).catch((reason: Error) => reason);
      return (error as Error).message;
    };
    expect(await problems('export const Other = 1;')).to.match(/does not export a class Greeter; it exports Other/);
    expect(await problems('export class Greeter { start() {} }')).to.match(/class Greeter of .* has no method stop/);
    expect(await problems('export class {')).to.match(/greeter.js cannot be loaded/);
  });

  it('refuses realms and roles that the router does not have, and duplicate ids', async () => {
    const components = [component({ realm: 'realm2' }), component({ role: 'backend' }), component({ role: 'trusted' })];
    const workers = [routerWorker({ id: 'one', components }), { ...container(), id: 'one' }];
    const problems = await problemsOf(node(workers));
    expect(problems.map((problem) => problem.replace(/^\S+ /, ''))).to.have.members([
      'workers[1].id: the id "one" is already used by the worker with index 0',
      'workers[0].components[0].realm: unknown realm: expected realm1',
      'workers[0].components[1].role: realm realm1 has no role backend: expected anonymous',
    ]);
  });
});

describe('Ids and limits of a node', () => {
  it('are compared for the whole node, including default ids', async () => {
    const [problem] = await problemsOf(node([routerWorker(), { type: 'guest', id: 'router-1', executable: 'node' }]));
    expect(problem).to.match(/workers\[1\]\.id: the id "router-1" is already used by the worker with index 0$/);
    const components = [component({ id: 'p' }), component({ id: 'p' })];
    const [twice] = await problemsOf(node([routerWorker({ components })]));
    expect(twice).to.match(/workers\[0\]\.components\[1\]: the id "p" is already used by the worker with index 0$/);
  });

  it('may only be limits that the router supports', async () => {
    const [problem] = await problemsOf(node([routerWorker({ limits: { maxSesions: 5 } })]));
    expect(problem).to.match(/workers\[0\]: .*limits\.?.*maxSesions/);
  });
});

describe('Keys that only Crossbar.io supports', () => {
  const workers = [
    { type: 'proxy', transports: [] },
    routerWorker({ options: { cpu_affinity: [0], pythonpath: ['.'] } }),
    { ...container({ extra: { database, delivry: 'wal' } }), id: 'c' },
  ];

  it('are errors that name the alternative', async () => {
    const problems = await problemsOf(node([workers[0] as object, workers[1] as object], { manhole: {} }));
    expect(problems.map((problem) => problem.replace(/^\S+ /, ''))).to.deep.equal([
      'controller.manhole: pgwamp does not support this key of Crossbar.io: use `node --inspect`, or the admin endpoint (controller.admin)',
      'workers[0].type: pgwamp does not support this type of Crossbar.io: give the router worker several transports, or put an HTTP proxy such as nginx in front',
      'workers[1].options.cpu_affinity: pgwamp does not support this key of Crossbar.io: use CPUAffinity= of systemd, or taskset',
      'workers[1].options.pythonpath: pgwamp does not support this key of Crossbar.io: pgwamp runs no Python; run a Python component as a guest worker',
    ]);
  });

  it('are recognized in transports, paths, realms and authentication', async () => {
    const auth = { wampcra: { type: 'static', users: {} }, scram: { type: 'static' }, cookie: {}, tls: {} };
    const webSocket = {
      type: 'websocket',
      serializers: ['ubjson', 'json'],
      auth,
      cookie: {},
      options: { external_port: 1 },
    };
    const transports = [
      {
        type: 'web',
        endpoint: { type: 'tcp', port: 8080, shared: true },
        options: { hsts: true },
        paths: {
          '/': { type: 'static', directory: '.', options: { cache_timeout: 1 } },
          ws: webSocket,
          x: { type: 'reverseproxy', host: 'a' },
        },
      },
      { ...webSocket, endpoint: { type: 'tcp', port: 8081, portrange: [1, 2] }, max_connections: 5 },
    ];
    const realms = [
      { name: 'realm1', options: { bridge_meta_api: true }, roles: [{ name: 'anonymous', permissions: [] }] },
    ];
    const whole = node([routerWorker({ realms, transports })]);
    const problems = await problemsOf(whole);
    expect(
      problems.filter((problem) => !/pgwamp does not support this (key|type|value) of Crossbar\.io: /.test(problem)),
    ).to.deep.equal([]);
    expect(problems.map((problem) => /\[0\]\.(\S+):/.exec(problem)?.[1])).to.have.members([
      'realms[0].options.bridge_meta_api',
      'transports[0].endpoint.shared',
      'transports[0].options',
      'transports[0].paths./.options',
      'transports[0].paths.x.type',
      'transports[1].endpoint.portrange',
      'transports[1].max_connections',
      ...['transports[0].paths.ws', 'transports[1]'].flatMap((place) => [
        `${place}.serializers[0]`,
        `${place}.auth.scram`,
        `${place}.auth.cookie`,
        `${place}.auth.tls`,
        `${place}.cookie`,
        `${place}.options.external_port`,
      ]),
    ]);
    expect(await problemsOf(whole, { lenient: true })).to.have.members(problems);
  });

  it('are recognized in the transport of a component', async () => {
    const own = container({ extra: { database } }) as { components: [object] };
    const endpoint = { type: 'tcp', host: '127.0.0.1', port: 8081, version: 4 };
    const of = (transport: object) => ({ ...own, components: [{ ...own.components[0], transport }] });
    const problems = await problemsOf(
      node([
        of({ id: 'x', type: 'rawsocket', endpoint, serializer: 'cbor', url: 'rs://localhost', debug: false }),
        of({
          type: 'websocket',
          url: 'ws://a/',
          serializers: ['cbor', 'ubjson'],
          options: { compression: { deflate: {} } },
        }),
      ]),
    );
    const places = problems.map((problem) => / (\S+): pgwamp does not support this/.exec(problem)?.[1]);
    expect(places).to.have.members([
      ...['id', 'debug', 'url', 'endpoint.version'].map((key) => `workers[0].components[0].transport.${key}`),
      ...['options.compression', 'serializers[1]'].map((key) => `workers[1].components[0].transport.${key}`),
    ]);
  });

  it('do not open a transport whose only method of authentication is ignored', async () => {
    const transports = [
      { type: 'websocket', endpoint: { type: 'tcp', port: 8080 }, auth: { scram: { type: 'static' } } },
    ];
    const [problem] = await problemsOf(node([routerWorker({ transports })]), { lenient: true });
    expect(problem).to.match(/transports\[0\]\.auth: expected at least one authentication method/);
  });

  it('are warnings with --lenient, and the remaining keys are checked at their own positions', async () => {
    expect(await problemsOf(node([workers[0] as object, workers[1] as object]), { lenient: true })).to.have.length(3);
    const [problem] = await problemsOf(node(workers), { lenient: true });
    expect(problem).to.match(
      /^\d+:\d+ workers\[2\].components\[0\].extra.delivry: unknown key, did you mean delivery\?$/,
    );
  });
});
