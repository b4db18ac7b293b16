import { Writable } from 'node:stream';
import { inspect } from 'node:util';
import { freePort, sharedPostgres, waitFor } from '@pgwamp/harness';
import { openCallerStage } from '@pgwamp/harness/fixtures/caller-stage';
import { expect } from 'chai';
import { Callee, Caller, Gateway, Proxy, Publisher, Subscriber } from 'pgwamp';
import { type Logger, pino } from 'pino';

const secret = 's3cr3t-@of/ours';
const inUri = encodeURIComponent(secret);
const privkey = 'ab'.repeat(32);

/** Texts that must not appear in any output. */
const hidden = [secret, inUri, privkey];

function expectHidden(text: string, what: string): void {
  for (const each of hidden) expect(text.includes(each), `${what}: ${text.slice(0, 2000)}`).to.equal(false);
}

/** A log, and all that was written to it. */
function recordingLog(): { log: Logger; text(): string } {
  const lines: string[] = [];
  const stream = new Writable({ write: (chunk, _encoding, done) => done(void lines.push(String(chunk))) });
  return { log: pino({ level: 'trace' }, stream), text: () => lines.join('') };
}

interface Shown extends AsyncDisposable {
  start(): Promise<void>;
  status(): object;
}

/** Sinks whose brokers do not answer. */
function sinks(port: number): Record<string, object> {
  const user = `joe:${inUri}@127.0.0.1:${port}`;
  return {
    amqp: { kind: 'amqp', uri: `amqp://${user}` },
    mqtt: { kind: 'mqtt', uri: `mqtt://${user}` },
    redis: { kind: 'redis', uri: `redis://${user}` },
    nats: { kind: 'nats', uri: `nats://127.0.0.1:${port}`, token: secret },
    kafka: {
      kind: 'kafka',
      brokers: [`127.0.0.1:${port}`],
      sasl: { mechanism: 'PLAIN', username: 'joe', password: secret },
    },
    sqs: {
      kind: 'sqs',
      region: 'eu-west-1',
      endpoint: `http://127.0.0.1:${port}`,
      credentials: { access_key_id: 'joe', secret_access_key: secret },
    },
    webhook: {
      kind: 'webhook',
      url: `http://127.0.0.1:${port}/hook?access_token=${inUri}`,
      headers: { authorization: `Bearer ${secret}` },
    },
  };
}

/** All components, with secrets wherever their configurations have room for one. */
function components(port: number): [name: string, create: (environment: { log: Logger }) => Shown][] {
  const authentication = {
    ticket: { authid: 'joe', ticket: secret },
    wampcra: { authid: 'joe', secret },
    cryptosign: { authid: 'joe', privkey },
  };
  const transport = { type: 'websocket', url: `ws://127.0.0.1:${port}/ws` } as const;
  const databases = [
    { uri: `postgres://crossbar:${inUri}@127.0.0.1:${port}/shop` },
    { host: '127.0.0.1', port, database: 'shop', user: 'crossbar', password: secret },
  ];
  return databases.flatMap((database, index) => {
    const options = { realm: 'realm1', transport, authentication, extra: { database } };
    const gateway = {
      extra: { database, endpoint: { type: 'tcp', port: 0 }, auth: { type: 'jwt', secret: secret.repeat(4) } },
    };
    const routes = Object.keys(sinks(port)).map((to) => ({ from: 'notify', to, destination: 'orders' }));
    const sources = { notify: { kind: 'channel', channels: ['orders'] } };
    const proxy = { extra: { database, sources, sinks: sinks(port), routes } };
    const how = index === 0 ? 'a URI' : 'fields';
    return [
      [`Publisher with ${how}`, (environment) => new Publisher(options, environment)],
      [`Subscriber with ${how}`, (environment) => new Subscriber(options, environment)],
      [`Callee with ${how}`, (environment) => new Callee(options, environment)],
      [`Caller with ${how}`, (environment) => new Caller(options, environment)],
      [`Gateway with ${how}`, (environment) => new Gateway(gateway as never, environment)],
      [`Proxy with ${how}`, (environment) => new Proxy(proxy as never, environment)],
    ] satisfies [string, (environment: { log: Logger }) => Shown][];
  });
}

describe('Secrets', () => {
  for (const [index, [name]] of components(1).entries()) {
    it(`are never printed, logged or thrown: ${name}`, async () => {
      const [, create] = components(await freePort())[index] ?? [];
      if (create === undefined) throw new Error('there is no such component');
      const recorded = recordingLog();
      await using component = create(recorded);
      const show = () => {
        for (const depth of [0, 2, Number.POSITIVE_INFINITY]) {
          expectHidden(inspect({ component }, { depth, showHidden: true }), 'console.log');
        }
        expectHidden(JSON.stringify({ component }), 'JSON.stringify');
        expectHidden(inspect(component.status(), { depth: Number.POSITIVE_INFINITY }), 'status');
      };
      show();
      const failed: unknown[] = [];
      component.start().catch((error: unknown) => failed.push(error));
      await waitFor(() => recorded.text().includes('ECONNREFUSED') || failed.length > 0, { what: 'a log line' });
      show();
      for (const error of failed)
        expectHidden(inspect(error, { depth: Number.POSITIVE_INFINITY, showHidden: true }), 'error');
      await component[Symbol.asyncDispose]();
      expectHidden(recorded.text(), 'log');
    });
  }

  it('are in no error of a wrong configuration', () => {
    for (const [name, create] of components(1)) {
      const { configuration } = create({ log: pino({ level: 'silent' }) }) as unknown as { configuration: object };
      const wrong = JSON.parse(JSON.stringify(configuration));
      wrong.extra.database = { ...wrong.extra.database, uri: `mysql://joe:${secret}@host`, password: 7 };
      wrong.authentication = { ticket: { authid: 'joe', ticket: { value: secret } }, cryptosign: { privkey: secret } };
      const Class = name.split(' ')[0] as 'Publisher';
      const classes = { Publisher, Subscriber, Callee, Caller, Gateway, Proxy };
      try {
        new classes[Class](wrong);
        expect.fail('it was taken');
      } catch (error) {
        expectHidden(inspect(error, { depth: Number.POSITIVE_INFINITY, showHidden: true }), name);
      }
    }
  });

  it('of links and logins are in no statement of pg_stat_activity', async () => {
    await using stage = await openCallerStage({ server: await sharedPostgres() });
    const { promise: asked, resolve: ask } = Promise.withResolvers<void>();
    const { promise: answer, resolve: end } = Promise.withResolvers<string>();
    await stage.callee.register('com.example.slow', async () => {
      ask();
      return answer;
    });
    await using other = await stage.database.connect();
    const { rows: links } = await other.query<{ secret: string }>('SELECT secret FROM crossbar._link');
    const [link] = links;
    expect(link?.secret).to.have.length.above(20);
    const called = stage.one(`SELECT crossbar.call('com.example.slow', '[1]')`);
    await asked;
    const { rows } = await other.query<{ text: string }>(
      `SELECT concat_ws(' ', application_name, query) AS text FROM pg_stat_activity WHERE datname = current_database()`,
    );
    end('done');
    await called;
    expect(rows.length).to.be.above(2);
    for (const { text } of rows) expect(text).not.to.include(link?.secret);
  });
});
