import { freePort, startPostgres, startStandby, startTcpProxy, waitFor } from '@pgwamp/harness';
import { createSetUpDatabase, value } from '@pgwamp/harness/fixtures/sql-database';
import { crossbarLogin } from '@pgwamp/harness/fixtures/sql-stage';
import { expect } from 'chai';
import { pino } from 'pino';
import { Gateway, type GatewayOptions } from '../src/index.ts';
import { openEvents } from './support/event-stream.ts';
import { openStage, type Stage } from './support/gateway.ts';
import { open, openV1, type TestSocket } from './support/socket.ts';

const logChannels = 'channel=topic:com.shop.order&channel=table:public.notes';
const slot = 'pgwamp_gateway_test';

/** A primary, a standby of it, and an address that leads to the one that takes writes. */
async function openPair() {
  await using stack = new AsyncDisposableStack();
  const primary = stack.use(await startPostgres({ own: true }));
  const created = stack.use(await createSetUpDatabase(primary));
  const database = { ...created, config: crossbarLogin(created) };
  {
    await using sql = await database.connect();
    await sql.query(`INSERT INTO crossbar._delivery (mode) VALUES ('wal'); CREATE TABLE notes (id int PRIMARY KEY);
      CREATE PUBLICATION pgwamp_gateway FOR ALL TABLES`);
  }
  const replication = stack.use(await startTcpProxy(primary));
  const standby = stack.use(await startStandby(primary, replication));
  const address = stack.use(await startTcpProxy(primary));
  const kept = stack.move();
  return {
    ...{ primary, standby, database, address },
    /** The standby never receives the rows written from now on. */
    async isolate() {
      replication.refuse();
      replication.cut();
    },
    /** Waits until the standby has everything. */
    async replicated() {
      await using sql = await primary.connect();
      await using follower = await standby.connect();
      await sql.query(`SELECT pg_logical_emit_message(true, 'mark', '')`);
      const end = await value(sql, 'SELECT pg_current_wal_flush_lsn()::text');
      const has = () => value(follower, 'SELECT pg_last_wal_replay_lsn() >= $1::pg_lsn', [end]);
      await waitFor(async () => (await has()) === true, { what: 'the standby to have everything' });
    },
    async promote() {
      await primary.stop('immediate');
      address.redirect(standby);
      await using sql = await standby.connect();
      await sql.query('SELECT pg_promote()');
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

type Pair = Awaited<ReturnType<typeof openPair>>;

const extra = (durable: boolean): Partial<GatewayOptions['extra']> => ({
  topics: true,
  tables: { 'public.notes': 'all' },
  ...(durable && { log: { durable: { slot } } }),
});

function startGateway({ primary: server, database: of, address: through }: Pair, durable = false): Promise<Stage> {
  return openStage(extra(durable), { server, of, through });
}

/** Writes a row, a publication and a notification where writes go. */
async function write({ address, database }: Pair, id: number): Promise<void> {
  await using sql = await database.connect({ host: address.host, port: address.port });
  await sql.query('INSERT INTO notes VALUES ($1)', [id]);
  await sql.query(`SELECT crossbar.publish('com.shop.order', jsonb_build_array($1::int))`, [id]);
  await sql.query(`SELECT pg_notify('a', $1)`, [String(id)]);
}

/** The messages that a client of channels of the log received: numbers of rows and publications, and gaps. */
function told(messages: readonly Record<string, unknown>[], channel: string): unknown[] {
  return messages.flatMap((message) => {
    if (message.channel !== channel || message.type === 'listening') return [];
    if (message.type !== 'message') return [message.type];
    const { key, args } = JSON.parse(String(message.payload)) as { key?: { id: number }; args?: number[] };
    return [key?.id ?? args?.[0]];
  });
}

async function logMessages(socket: TestSocket, id: number): Promise<void> {
  for (const name of ['topic:com.shop.order', 'table:public.notes']) {
    await waitFor(() => told(socket.messages, name).at(-1) === id, {
      what: `${id} by ${name}, got ${socket.received.join('\n')}`,
    });
  }
}

describe('Gateway: promotion of a standby', () => {
  for (const durable of [false, true]) {
    it(`sends a gap to all clients except plain ones, and continues, ${durable ? 'with' : 'without'} a durable slot`, async () => {
      await using pair = await openPair();
      await using stage = await startGateway(pair, durable);
      await using plain = await open(stage.url('/listen/a'));
      await using counted = await openV1(stage.url('/listen/a'));
      await using log = await openV1(stage.url(`/listen?${logChannels}`));
      using events = await openEvents(stage.http('/listen/table:public.notes'));
      await counted.frames(1);
      await log.frames(2);
      await write(pair, 1);
      await logMessages(log, 1);
      await pair.replicated();
      await pair.promote();
      await waitFor(() => stage.gateway.status().state === 'running', { what: 'the gateway to be back' });
      await counted.message(({ type }) => type === 'gap');
      await waitFor(() => told(log.messages, 'topic:com.shop.order').at(-1) === 'gap', { what: 'a gap of the topic' });
      await waitFor(() => told(log.messages, 'table:public.notes').at(-1) === 'gap', { what: 'a gap of the table' });
      await events.event(({ event }) => event === 'gap');
      await write(pair, 2);
      await logMessages(log, 2);
      expect(told(log.messages, 'table:public.notes')).to.deep.equal([1, 'gap', 2]);
      expect(told(log.messages, 'topic:com.shop.order')).to.deep.equal([1, 'gap', 2]);
      expect(await plain.frames(2)).to.deep.equal(['1', '2']);
      await counted.message(({ payload }) => payload === '2');
    });

    it(`sends a gap for messages that the standby did not receive, ${durable ? 'with' : 'without'} a durable slot`, async () => {
      await using pair = await openPair();
      await using stage = await startGateway(pair, durable);
      await using log = await openV1(stage.url(`/listen?${logChannels}`));
      await log.frames(2);
      await write(pair, 1);
      await logMessages(log, 1);
      await pair.replicated();
      await pair.isolate();
      // So that the positions of the former server are ahead of those of the standby.
      await using sql = await pair.database.connect();
      await sql.query(`SELECT pg_logical_emit_message(false, 'filler', repeat('x', 4000000))`);
      await write(pair, 2);
      await logMessages(log, 2);
      await pair.promote();
      await waitFor(() => told(log.messages, 'table:public.notes').at(-1) === 'gap', { what: 'a gap' });
      const before = log.messages.findLast(({ payload }) => String(payload).includes('[2]'))?.id;
      const gap = log.messages.findLast(({ type }) => type === 'gap')?.to;
      await write(pair, 3);
      await logMessages(log, 3);
      expect(told(log.messages, 'table:public.notes')).to.deep.equal([1, 2, 'gap', 3]);
      // A client that was disconnected during the promotion, and has messages that no longer exist.
      await using away = await openV1(stage.url(`/listen?${logChannels}&since=${before}`));
      await away.frames(4);
      expect(told(away.messages, 'table:public.notes')[0]).to.equal('gap');
      await using after = await openV1(stage.url(`/listen?${logChannels}&since=${gap}`));
      await logMessages(after, 3);
      expect(told(after.messages, 'table:public.notes')).to.deep.equal([3]);
    });
  }

  it('sends a gap to a client that has messages of another gateway which the standby did not receive', async () => {
    await using pair = await openPair();
    let id: unknown;
    {
      await using stage = await startGateway(pair);
      await using log = await openV1(stage.url(`/listen?${logChannels}`));
      await log.frames(2);
      await pair.replicated();
      await pair.isolate();
      await using sql = await pair.database.connect();
      await sql.query(`SELECT pg_logical_emit_message(false, 'filler', repeat('x', 100000))`);
      await write(pair, 1);
      await logMessages(log, 1);
      id = log.messages.at(-1)?.id;
    }
    await pair.promote();
    await using stage = await startGateway(pair);
    await using log = await openV1(stage.url(`/listen?${logChannels}`));
    await log.frames(2);
    await write(pair, 2);
    await logMessages(log, 2);
    await using sql = await pair.standby.connect();
    await sql.query(`SELECT pg_logical_emit_message(false, 'filler', repeat('x', 200000))`);
    await write(pair, 3);
    await logMessages(log, 3);
    const known = log.messages.findLast(({ payload }) => String(payload).includes('[2]'))?.id;
    await using away = await openV1(stage.url(`/listen?${logChannels}&since=${id}`));
    await away.frames(4);
    expect(told(away.messages, 'table:public.notes')[0]).to.equal('gap');
    expect(told(away.messages, 'topic:com.shop.order')[0]).to.equal('gap');
    await using exact = await openV1(stage.url(`/listen?${logChannels}&since=${known}`));
    await logMessages(exact, 3);
    expect(told(exact.messages, 'topic:com.shop.order')).to.deep.equal([3]);
  });

  it('starts as soon as the standby at its address is promoted', async () => {
    await using pair = await openPair();
    pair.address.redirect(pair.standby);
    await pair.replicated();
    const { host, port } = pair.address;
    const database = { ...pair.database.config, host, port };
    const log = pino({ level: 'silent' });
    await using gateway = new Gateway({ extra: { database, endpoint: { type: 'tcp', port: 0 } } }, { log });
    const starting = gateway.start();
    starting.catch(() => undefined);
    await waitFor(() => gateway.status().reconnects > 0 || gateway.status().state === 'stopped', {
      what: 'the first try to end',
    });
    await pair.promote();
    await starting;
    const { server } = gateway.status();
    await using socket = await open(`ws://127.0.0.1:${server && 'port' in server && server.port}/listen/a`);
    await write(pair, 1);
    expect(await socket.frames(1)).to.deep.equal(['1']);
  });

  it('is followed if the URI of the database names both servers, whichever comes first', async () => {
    await using pair = await openPair();
    const closed = await freePort();
    const { name, config } = pair.database;
    const uriOf = (...servers: readonly { host: string; port: number }[]) => {
      const hosts = [{ host: '127.0.0.1', port: closed }, ...servers].map(({ host, port }) => `${host}:${port}`);
      return `postgres://${config.user}:${config.password}@${hosts.join(',')}/${name}`;
    };
    const { primary, standby } = pair;
    for (const uri of [uriOf(primary, standby), uriOf(standby, primary)]) {
      await using _stage = await openStage(
        { ...extra(false), database: { uri } },
        { server: primary, of: pair.database },
      );
    }
    const database = { uri: uriOf(standby, primary) };
    await using stage = await openStage({ ...extra(false), database }, { server: primary, of: pair.database });
    await using socket = await openV1(stage.url(`/listen?${logChannels}&channel=a`));
    await write(pair, 1);
    await logMessages(socket, 1);
    await pair.replicated();
    await pair.promote();
    for (const channel of ['a', 'topic:com.shop.order', 'table:public.notes']) {
      await socket.message((message) => message.type === 'gap' && message.channel === channel);
    }
    await write(pair, 2);
    await logMessages(socket, 2);
    await socket.message(({ channel, payload }) => channel === 'a' && payload === '2');
  });

  it('is waited for if the URI of the database names standbys only, and the reason is logged', async () => {
    await using pair = await openPair();
    const closed = await freePort();
    const { name, config } = pair.database;
    const { host, port } = pair.standby;
    const uri = `postgres://${config.user}:${config.password}@127.0.0.1:${closed},${host}:${port}/${name}`;
    const lines: string[] = [];
    const log = pino({}, { write: (line: string) => void lines.push(line) });
    await using gateway = new Gateway({ extra: { database: { uri }, endpoint: { type: 'tcp', port: 0 } } }, { log });
    const starting = gateway.start();
    starting.catch(() => undefined);
    await waitFor(() => lines.some((line) => line.includes(`${host}:${port}: it is a standby`)), {
      what: 'the reason',
    });
    expect(lines.join('')).to.match(new RegExp(`127.0.0.1:${closed}: connect ECONNREFUSED`));
    await pair.promote();
    await starting;
  });
});
