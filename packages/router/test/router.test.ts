import { readFile } from 'node:fs/promises';
import { MessageType } from '@pgwamp/protocol';
import { expect } from 'chai';
import * as catalogue from '../src/index.ts';
import {
  ClosedError,
  createRouter,
  DEFAULT_LIMITS,
  RouterError,
  RouterOptionError,
  type RouterOptions,
  UnknownRealmError,
} from '../src/index.ts';
import { within } from './support/deadline.ts';
import { run } from './support/process.ts';
import { RawSocket } from './support/raw-socket.ts';
import { startRouter } from './support/router.ts';
import { WampClient } from './support/wamp-client.ts';

type ConcreteError = new (message: string) => RouterError;

function isConcreteError(value: unknown): value is ConcreteError {
  return typeof value === 'function' && value.prototype instanceof RouterError;
}

describe('createRouter()', () => {
  const wrong: [path: string, options: unknown][] = [
    ['realms', {}],
    ['realms', { realms: [] }],
    ['realms[0]', { realms: ['not a realm'] }],
    ['realms[1]', { realms: ['realm1', {}] }],
    ['realms[1]', { realms: ['realm1', 'realm1'] }],
    ['uris', { realms: ['realm1'], uris: 'lax' }],
    ['requestIds', { realms: ['realm1'], requestIds: 1 }],
    ['limits.maxSessions', { realms: ['realm1'], limits: { maxSessions: 0 } }],
    ['limits.maxSessions', { realms: ['realm1'], limits: { maxSessions: '5' } }],
    ['limits.helloTimeout', { realms: ['realm1'], limits: { helloTimeout: 2 ** 31 } }],
    ['limits.maxSesions', { realms: ['realm1'], limits: { maxSesions: 5 } }],
  ];
  for (const [path, options] of wrong) {
    it(`names the wrong option: ${path} in ${JSON.stringify(options)}`, () => {
      expect(() => createRouter(options as RouterOptions))
        .to.throw(RouterOptionError)
        .that.satisfies((error: RouterOptionError) => error.message.startsWith(`${path}:`))
        .and.includes({ code: 'PGWAMP_ROUTER_OPTION' });
    });
  }

  it('uses defaults for omitted limits', () => {
    expect(DEFAULT_LIMITS).to.include({ maxMessageSize: 16 * 2 ** 20, maxBufferedBytes: 64 * 2 ** 20 });
    expect(DEFAULT_LIMITS).to.be.frozen;
    expect(() => createRouter({ realms: ['realm1'], limits: { pingInterval: 0 } })).not.to.throw();
  });

  it('creates the configured realms', async () => {
    await using router = createRouter({ realms: ['realm1', { name: 'com.example.realm-2' }] });
    expect(router.realm('com.example.realm-2')).to.include({ sessions: 0, subscriptions: 0, pendingCalls: 0 });
    expect(() => router.realm('realm3'))
      .to.throw(UnknownRealmError)
      .and.be.instanceOf(RouterError);
  });
});

describe('stats()', () => {
  it('counts messages, sessions, subscriptions and registrations', async () => {
    await using test = await startRouter();
    await using client = await WampClient.attach(test.router);
    await client.subscribe('com.example.topic');
    await client.register('com.example.procedure');
    await client.publish('com.example.topic', { retain: true });
    expect(test.router.stats()).to.include({
      connections: 1,
      sessions: 1,
      sessionsOpened: 1,
      subscriptions: 1,
      registrations: 1,
      retainedEvents: 1,
      pendingCalls: 0,
      messagesIn: 4,
      messagesOut: 4,
      publications: 1,
      events: 0,
      refused: 0,
    });
  });

  it('returns a copy', async () => {
    await using test = await startRouter();
    const before = test.router.stats();
    await using client = await WampClient.attach(test.router);
    client.send([MessageType.GOODBYE, {}, 'wamp.close.normal']);
    await client.closed;
    expect(before.sessionsOpened).to.equal(0);
    expect(before.sessionsEnded.goodbye).to.equal(0);
    expect(test.router.stats().sessionsEnded.goodbye).to.equal(1);
  });
});

describe('close()', () => {
  it('waits for clients that do not answer only until closeTimeout', async () => {
    await using test = await startRouter({ limits: { closeTimeout: 50 } });
    const mute = test.router.attach();
    mute.send('[1,"realm1",{"roles":{"caller":{}}}]');
    using stalled = await RawSocket.connect(test.listener.port);
    stalled.upgrade('/ws');
    await using idle = await WampClient.open(test.url);
    await within(test.router.close(), 'the router is closed', 2_000);
    await idle.closed;
    expect(test.router.stats().connections).to.equal(0);
  });

  it('may be called twice, and closes the router permanently', async () => {
    await using test = await startRouter();
    expect(test.router.close()).to.equal(test.router.close());
    await test.router.close();
    const error = await test.router.listen().catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(ClosedError);
  });

  it('lets the process exit', async () => {
    const { code, output } = await run(`
      import { createRouter } from '../src/index.ts';
      import { WampClient } from './support/wamp-client.ts';
      const router = createRouter({ realms: ['realm1'], limits: { closeTimeout: 100 } });
      const { url } = await router.listen();
      const client = await WampClient.open(url);
      await client.subscribe('com.example.topic');
      await router.close();
      await client.closed;
    `);
    expect(output).to.equal('');
    expect(code).to.equal(0);
  });
});

describe('README of the router', () => {
  it('contains a working example', async () => {
    const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');
    const example = /```ts\n([\s\S]*?)```/.exec(readme)?.[1] ?? '';
    const { code, output } = await run(example.replace("'@pgwamp/router'", "'../src/index.ts'"));
    expect(output.trim()).to.match(/^\[2,\d+,\{"realm":"realm1",/);
    expect(code).to.equal(0);
  });
});

describe('Documentation of the router', () => {
  it('lists the announced features', async () => {
    const page = await readFile(new URL('../../../docs/router.md', import.meta.url), 'utf8');
    await using router = createRouter({ realms: ['realm1'] });
    await using client = await WampClient.attach(router);
    for (const [role, { features }] of Object.entries(client.welcome.roles as Record<string, { features: object }>)) {
      const row = new RegExp(`^\\| ${role} +\\| (.*) \\|$`, 'm').exec(page)?.[1] ?? '';
      expect(row.match(/\w+/g)).to.have.members(Object.keys(features));
    }
  });

  it('lists every error class with its code', async () => {
    const page = await readFile(new URL('../../../docs/errors.md', import.meta.url), 'utf8');
    const [, section = ''] = page.split('\n## Router\n');
    const rows = [...section.matchAll(/^\| `(PGWAMP_ROUTER_\w+)` +\| `(\w+Error)` +\|/gm)];
    const listed = rows.map(([, code, name]) => [name, code]);
    const classes = (Object.values(catalogue) as unknown[]).filter(isConcreteError);
    const exported = classes.map((type) => [type.name, new type('').code]);
    expect(listed).to.have.deep.members(exported);
  });
});
