import { Callee } from '@pgwamp/callee';
import { Caller } from '@pgwamp/caller';
import { freePort, startCrossbar, waitFor } from '@pgwamp/harness';
import { rows } from '@pgwamp/harness/fixtures/sql-database';
import { type EndpointStage, openEndpointStage } from '@pgwamp/harness/fixtures/sql-endpoints';
import { crossbarLogin } from '@pgwamp/harness/fixtures/sql-stage';
import { Publisher } from '@pgwamp/publisher';
import { createRouter } from '@pgwamp/router';
import { Subscriber } from '@pgwamp/subscriber';
import { expect } from 'chai';
import { pino } from 'pino';
import { auth, people, realms } from './routers/configuration.ts';

type Port = 'websocket' | 'rawsocket';
type Method = 'anonymous' | 'ticket' | 'wampcra' | 'cryptosign';

/** A port for each transport, with authentication and without. */
type Ports = Readonly<Record<Port | `${Port}Auth`, number>>;

async function freePorts(): Promise<Ports> {
  const [websocket, websocketAuth, rawsocket, rawsocketAuth] = await Promise.all([1, 2, 3, 4].map(() => freePort()));
  return { websocket, websocketAuth, rawsocket, rawsocketAuth } as Ports;
}

/** In the form that both routers read. */
function transportsOn({ websocket, websocketAuth, rawsocket, rawsocketAuth }: Ports) {
  const tcp = (port: number) => ({ type: 'tcp', interface: '127.0.0.1', port }) as const;
  const serializers = ['cbor', 'msgpack', 'json'] as const;
  return [
    { type: 'web', endpoint: tcp(websocket), paths: { ws: { type: 'websocket' } } },
    { type: 'web', endpoint: tcp(websocketAuth), paths: { ws: { type: 'websocket', auth } } },
    { type: 'rawsocket', endpoint: tcp(rawsocket), serializers },
    { type: 'rawsocket', endpoint: tcp(rawsocketAuth), serializers, auth },
  ] as const;
}

const routers: Readonly<Record<string, (ports: Ports) => Promise<AsyncDisposable>>> = {
  '@pgwamp/router': async (ports) => {
    const router = createRouter({ realms });
    for (const transport of transportsOn(ports)) await router.listen(transport);
    return { [Symbol.asyncDispose]: () => router.close() };
  },
  ...(process.env.INTEROP === 'crossbar' && {
    'Crossbar.io': (ports: Ports) =>
      startCrossbar({ realms, transports: transportsOn(ports) }, { port: ports.websocket, path: 'ws' }),
  }),
};

const { ticket, wampcra, cryptosign } = people;
const credentials: Readonly<Record<Method, object>> = {
  anonymous: {},
  ticket: { ticket: { authid: ticket.authid, ticket: ticket.ticket } },
  wampcra: { wampcra: { authid: wampcra.authid, secret: wampcra.secret } },
  cryptosign: { cryptosign: { authid: cryptosign.authid, privkey: cryptosign.privateKey } },
};

/** All four components, which have started: what SQL publishes comes back to a table, what it calls to a function. */
async function startComponents(stage: EndpointStage, ports: Ports, port: Port, method: Method) {
  const { database, sql, app, as } = stage;
  await using stack = new AsyncDisposableStack();
  await sql.query(
    `CREATE TABLE seen (n integer GENERATED ALWAYS AS IDENTITY, event integer); GRANT INSERT ON seen TO ${app};
     CREATE FUNCTION see(event integer) RETURNS void LANGUAGE sql AS 'INSERT INTO seen (event) VALUES (event)';
     SELECT crossbar.grant_call('${app}', 'com.example.add2'); GRANT EXECUTE ON FUNCTION crossbar.call TO ${app}`,
  );
  await as(app, () =>
    sql.query(`SELECT crossbar.register('com.example.add2', 'add2(integer, integer)');
      SELECT crossbar.subscribe('com.example.event', 'see(integer)')`),
  );
  const on = ports[method === 'anonymous' ? port : (`${port}Auth` as const)];
  const transport =
    port === 'websocket'
      ? { type: 'websocket', url: `ws://127.0.0.1:${on}/ws` }
      : { type: 'rawsocket', endpoint: { type: 'tcp', host: '127.0.0.1', port: on }, serializer: 'cbor' };
  const { host, port: server, user, password } = crossbarLogin(database);
  const extra = { database: { host, port: server, database: database.name, user, password } };
  const options = { realm: 'realm1', transport, authentication: credentials[method], extra } as never;
  const environment = { log: pino({ level: 'silent' }) };
  const publisher = stack.use(new Publisher(options, environment));
  const others = [Callee, Subscriber, Caller].map((Component) => stack.use(new Component(options, environment)));
  const components = [publisher, ...others];
  await Promise.all(components.map((component) => component.start()));
  await endpointsLive(stage);
  const kept = stack.move();
  return { components, publisher, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

async function publish({ sql }: EndpointStage, first: number, last: number): Promise<void> {
  await sql.query(
    `SELECT crossbar.publish('com.example.event', jsonb_build_array(n)) FROM generate_series(${first}, ${last}) AS n`,
  );
}

/** Waits until the table has the last of these events, and expects that it has all of them in order. */
async function expectSeen({ sql }: EndpointStage, first: number, last: number): Promise<void> {
  const seen = async () =>
    (await rows<{ event: number }>(sql, `SELECT event FROM seen WHERE event >= ${first} ORDER BY n`)).map(
      (it) => it.event,
    );
  await waitFor(async () => (await seen()).includes(last), { what: `event ${last}`, deadline: 30_000 });
  expect(await seen()).to.deep.equal(Array.from({ length: last - first + 1 }, (_, index) => first + index));
}

/** Waits until the router has what SQL has registered and subscribed. */
async function endpointsLive({ sql }: EndpointStage): Promise<void> {
  const live = `SELECT FROM crossbar._endpoints WHERE state IN ('registered', 'subscribed')`;
  await waitFor(async () => (await rows(sql, live)).length === 2, {
    what: 'the endpoints to be live',
    deadline: 20_000,
  });
}

function call({ sql, app, as }: EndpointStage): Promise<unknown> {
  return as(app, async () => {
    const [row] = await rows<{ sum: number }>(sql, `SELECT crossbar.call('com.example.add2', '[2, 3]') AS sum`);
    return row?.sum;
  });
}

for (const [name, start] of Object.entries(routers)) {
  describe(`Components with ${name}`, function () {
    this.timeout(240_000);
    let ports: Ports;
    let router: AsyncDisposable;

    before(async () => {
      ports = await freePorts();
      router = await start(ports);
    });
    after(() => router[Symbol.asyncDispose]());

    for (const port of ['websocket', 'rawsocket'] as const) {
      for (const method of ['anonymous', 'ticket', 'wampcra', 'cryptosign'] as const) {
        it(`publish, subscribe, register and call by ${port} with ${method}, also after a restart of the router`, async () => {
          await using stage = await openEndpointStage();
          await using running = await startComponents(stage, ports, port, method);
          const { components, publisher } = running;
          await publish(stage, 1, 20);
          await expectSeen(stage, 1, 20);
          expect(await call(stage)).to.equal(5);
          await router[Symbol.asyncDispose]();
          await waitFor(() => publisher.status().state === 'reconnecting', { what: 'the loss to be noticed' });
          await publish(stage, 21, 40);
          router = await start(ports);
          const isBack = () => components.every((component) => component.status().state === 'running');
          await waitFor(isBack, { what: 'all components to run again', deadline: 60_000 });
          // A router keeps no event for a subscriber that is away, and the Subscriber may come back after the Publisher.
          await waitFor(() => publisher.status().published >= 40, { what: 'the publications', deadline: 20_000 });
          await endpointsLive(stage);
          await publish(stage, 41, 60);
          await expectSeen(stage, 41, 60);
          expect(await waitFor(() => call(stage), { what: 'a call', deadline: 20_000 })).to.equal(5);
        });
      }
    }
  });
}
