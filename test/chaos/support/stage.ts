import { Writable } from 'node:stream';
import { Callee } from '@pgwamp/callee';
import { Caller } from '@pgwamp/caller';
import { Gateway } from '@pgwamp/gateway';
import {
  type PostgresServer,
  startPostgres,
  startTcpProxy,
  startWebhookReceiver,
  type TcpProxy,
  type TestDatabase,
  type WebhookReceiver,
  waitFor,
} from '@pgwamp/harness';
import { createSetUpDatabase } from '@pgwamp/harness/fixtures/sql-database';
import { started } from '@pgwamp/harness/fixtures/started';
import { Proxy } from '@pgwamp/proxy';
import { Publisher } from '@pgwamp/publisher';
import { Subscriber } from '@pgwamp/subscriber';
import { type Logger, pino } from 'pino';
import { ReplacedRouter } from './replaced-router.ts';

/** Bytes that a message of WAMP may have: poison messages have more. */
const maxMessageSize = 64 * 1024;
/** The time until a silent connection counts as dead; long enough for a busy machine. */
const heartbeat = { interval: 1000, timeout: 3000 };
const pings = { auto_ping_interval: 1000, auto_ping_timeout: 3000, max_message_size: maxMessageSize };

/** All components with two databases, one by delivery `wal` and one by `outbox`; between them and the rest are proxies that break. */
export interface Stage extends AsyncDisposable {
  readonly server: PostgresServer;
  readonly router: ReplacedRouter;
  readonly databases: { readonly wal: TestDatabase; readonly outbox: TestDatabase };
  readonly proxies: { readonly postgres: TcpProxy; readonly router: TcpProxy };
  readonly components: Readonly<Record<string, Component>>;
  readonly gateway: Gateway;
  readonly subscriber: Subscriber;
  readonly hook: WebhookReceiver;
  /** The number of state changes of each component. */
  readonly stateChanges: ReadonlyMap<string, number>;
  /** Resolves when all components run. */
  running(): Promise<void>;
}

/** The common configuration of the components here. */
interface Component extends AsyncDisposable {
  start(): Promise<void>;
  status(): { readonly state: string; readonly error: Error | undefined };
}

/** Numbers that the Subscriber hears, and fails with if they are divisible by 97; what it hears by two publications is heard twice. */
const functions = `
  CREATE TABLE heard (writer int, number int, publication bigint);
  CREATE FUNCTION hear(args jsonb, kwargs jsonb, details jsonb) RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $$
    BEGIN
      IF (args->>1)::int % 97 = 0 THEN RAISE 'number % is poison', args->>1; END IF;
      INSERT INTO public.heard VALUES ((args->>0)::int, (args->>1)::int, (details->>'publication')::bigint);
    END
  $$;
  CREATE FUNCTION add2(a integer, b integer) RETURNS integer LANGUAGE sql RETURN a + b;
  SELECT crossbar.subscribe('com.example.load', 'hear(jsonb, jsonb, jsonb)', '{"run_as": "crossbar"}');
  SELECT crossbar.register('com.example.add2', 'add2(integer, integer)', '{"run_as": "crossbar"}');
  SELECT crossbar.grant_call('public', '*');`;

export async function openStage(): Promise<Stage> {
  await using stack = new AsyncDisposableStack();
  const server = stack.use(await startPostgres({ own: true }));
  const wal = stack.use(await createSetUpDatabase(server));
  const outbox = stack.use(await createSetUpDatabase(server));
  await using sql = await wal.connect();
  await sql.query(functions);
  const router = stack.use(
    await ReplacedRouter.start({ pingInterval: heartbeat.interval, pingTimeout: heartbeat.timeout }),
  );
  const hook = stack.use(await startWebhookReceiver());
  const proxies = {
    postgres: stack.use(await startTcpProxy(server)),
    router: stack.use(await startTcpProxy({ host: '127.0.0.1', port: router.port })),
  };
  const { log, stateChanges } = countingLog();
  const databaseOf = ({ name }: TestDatabase) => ({
    ...{ host: proxies.postgres.host, port: proxies.postgres.port, database: name, heartbeat },
    ...{ user: 'crossbar', password: 'crossbar' },
  });
  const url = `ws://127.0.0.1:${proxies.router.port}/ws`;
  const wamp = (realm: string, database: TestDatabase) => ({
    realm,
    transport: { type: 'websocket', url, options: pings } as const,
    extra: { database: databaseOf(database) },
  });
  const withDelivery = (realm: string, database: TestDatabase, delivery: 'wal' | 'outbox') => {
    const options = wamp(realm, database);
    return { ...options, extra: { ...options.extra, delivery } };
  };
  const named = (name: string) => ({ log: log.child({ who: name }) });
  const gateway = new Gateway(
    { extra: { database: databaseOf(wal), endpoint: { type: 'tcp', port: 0 } } },
    named('gateway'),
  );
  const subscriber = new Subscriber(wamp('realm1', wal), named('subscriber'));
  const components = {
    publisher: new Publisher(withDelivery('realm1', wal, 'wal'), named('publisher')),
    'publisher by outbox': new Publisher(withDelivery('realm2', outbox, 'outbox'), named('publisher by outbox')),
    subscriber,
    callee: new Callee(wamp('realm1', wal), named('callee')),
    caller: new Caller(wamp('realm1', wal), named('caller')),
    gateway,
    proxy: new Proxy(
      {
        extra: {
          database: databaseOf(wal),
          sources: { load: { kind: 'topic', topics: ['com.example.load'] } },
          sinks: { hook: { kind: 'webhook', url: hook.url, connections: 1 } },
          routes: [{ from: 'load', to: 'hook' }],
        },
      },
      named('proxy'),
    ),
  };
  for (const component of Object.values(components)) stack.use(await started<Component>(component));
  const kept = stack.move();
  return {
    ...{ server, router, databases: { wal, outbox }, proxies, components, gateway, subscriber, hook, stateChanges },
    async running() {
      const waiting = () =>
        Object.entries(components).flatMap(([name, component]: [string, Component]) => {
          const { state, error, ...status } = component.status();
          return state === 'running' ? [] : [`${name} is ${state}: ${error?.message} ${JSON.stringify(status)}`];
        });
      const isOver = () => waiting().length === 0;
      await waitFor(isOver, { what: 'all components to run', deadline: 60_000 }).catch((cause: unknown) => {
        throw new Error(`not all components run: ${waiting().join(', ')}`, { cause });
      });
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

/** A log that is kept nowhere, and counts what components say of their states. */
function countingLog(): { log: Logger; stateChanges: Map<string, number> } {
  const stateChanges = new Map<string, number>();
  const sink = new Writable({
    write(line, _encoding, done) {
      const { who, state, msg } = JSON.parse(line.toString()) as Record<string, string>;
      if (process.env.TEST_LOG) process.stderr.write(line);
      if (who !== undefined && state !== undefined && msg?.startsWith('component is'))
        stateChanges.set(who, (stateChanges.get(who) ?? 0) + 1);
      done();
    },
  });
  return { log: pino({ level: 'info' }, sink), stateChanges };
}
