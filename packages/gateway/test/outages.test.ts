import { startPostgres, startTcpProxy, waitFor } from '@pgwamp/harness';
import { expect } from 'chai';
import { request } from './support/event-stream.ts';
import { openStage, type Stage } from './support/gateway.ts';
import { open, openV1, refused } from './support/socket.ts';

const backends = `FROM pg_stat_activity WHERE application_name = 'pgwamp gateway' AND datname = current_database()`;

async function backendsOf({ database }: Stage): Promise<number> {
  await using sql = await database.connect();
  const { rows } = await sql.query(`SELECT count(*)::int AS n ${backends}`);
  return rows[0].n;
}

async function terminate({ database }: Stage): Promise<void> {
  await using sql = await database.connect();
  await sql.query(`SELECT pg_terminate_backend(pid) ${backends}`);
}

describe('Gateway: many channels', () => {
  it('share one connection, even if their sockets are opened at the same time', async () => {
    await using stage = await openStage();
    const names = Array.from({ length: 200 }, (_, index) => `channel ${index}`);
    const sockets = await Promise.all(names.map((name) => open(stage.url(`/listen/${encodeURIComponent(name)}`))));
    for (const name of names) await stage.notify(name, `to ${name}`);
    for (const [index, socket] of sockets.entries())
      expect(await socket.frames(1)).to.deep.equal([`to ${names[index]}`]);
    expect(await backendsOf(stage)).to.equal(1);
    for (const socket of sockets) await socket[Symbol.asyncDispose]();
    await waitFor(() => stage.gateway.status().channels === 0, { what: 'UNLISTEN' });
    await using late = await open(stage.url('/listen/new'));
    await stage.notify('new', 'still works');
    await late.frames(1);
  });

  it('lose no message if the last socket of a channel leaves while another one opens', async () => {
    await using stage = await openStage();
    for (let round = 0; round < 20; round += 1) {
      const leaving = await open(stage.url('/listen/a'));
      leaving.webSocket.close();
      await using socket = await open(stage.url('/listen/a'));
      await stage.notify('a', `round ${round}`);
      expect(await socket.frames(1)).to.deep.equal([`round ${round}`]);
      await leaving.closed;
    }
  });
});

describe('Gateway: terminated server process', () => {
  it('reconnects, keeps its sockets, and sends a gap', async () => {
    await using stage = await openStage();
    await using plain = await open(stage.url('/listen/a'));
    await using socket = await openV1(stage.url('/listen/a'));
    await stage.notify('a', 'before');
    await socket.frames(2);
    await terminate(stage);
    const gap = await socket.message(({ type }) => type === 'gap');
    expect(gap).to.include({ channel: 'a', from: socket.messages[1]?.id });
    expect(gap.reason)
      .to.be.a('string')
      .and.match(/terminat/);
    await stage.notify('a', 'after');
    expect(await plain.frames(2)).to.deep.equal(['before', 'after']);
    await socket.message(({ payload }) => payload === 'after');
    expect(stage.gateway.status()).to.deep.include({ state: 'running', gaps: 1 });
    // A client that was disconnected during the outage receives the same gap; one that was disconnected after it
    // receives none.
    await using first = await openV1(stage.url(`/listen/a?since=${gap.from}`));
    await first.frames(3);
    expect(first.messages.map(({ type }) => type)).to.deep.equal(['gap', 'message', 'listening']);
    await using second = await openV1(stage.url(`/listen/a?since=${gap.to}`));
    await second.frames(2);
    expect(second.messages.map(({ type }) => type)).to.deep.equal(['message', 'listening']);
  });

  it('closes plain sockets with 1012 if configured', async () => {
    await using stage = await openStage({ on_interruption: 'close' });
    await using plain = await open(stage.url('/listen/a'));
    await using socket = await openV1(stage.url('/listen/a'));
    await terminate(stage);
    expect(await plain.closed).to.include({ code: 1012 });
    await socket.message(({ type }) => type === 'gap');
  });
});

describe('Gateway: restart of PostgreSQL', () => {
  it('answers new clients with 503 and Retry-After, and keeps its sockets', async () => {
    await using server = await startPostgres({ own: true });
    await using stage = await openStage({ limits: { listen_timeout: 200 } }, { server });
    await using plain = await open(stage.url('/listen/a'));
    await using socket = await openV1(stage.url('/listen/a'));
    await server.stop('immediate');
    await waitFor(() => stage.gateway.status().state === 'reconnecting', { what: 'the loss to be known' });
    for (const path of ['/listen/a', '/listen/b']) {
      const { status, headers } = await refused(stage.url(path));
      expect({ status, retry: headers['retry-after'] }).to.deep.equal({ status: 503, retry: '1' });
    }
    const health = await request(stage.http('/health'));
    health.destroy();
    expect(health.statusCode).to.equal(503);
    await server.start();
    await socket.message(({ type }) => type === 'gap');
    await stage.notify('a', 'after');
    await plain.frames(1);
    await using _newcomer = await open(stage.url('/listen/b'));
    const healthy = await request(stage.http('/health'));
    healthy.destroy();
    expect(healthy.statusCode).to.equal(200);
  });

  it('closes a client with 1013 that subscribes to another channel meanwhile', async () => {
    await using server = await startPostgres({ own: true });
    await using stage = await openStage({ limits: { listen_timeout: 200 } }, { server });
    await using socket = await openV1(stage.url('/listen/a'));
    await server.stop('immediate');
    await waitFor(() => stage.gateway.status().state === 'reconnecting', { what: 'the loss to be known' });
    socket.send({ type: 'subscribe', channel: 'b' });
    const { code, reason } = await socket.closed;
    expect(code).to.equal(1013);
    expect(reason).to.match(/LISTEN is not in force/);
  });

  it('lets a new client wait for LISTEN if PostgreSQL returns soon enough', async () => {
    await using database = await startPostgres({ own: true });
    await using stage = await openStage({ limits: { listen_timeout: 60_000 } }, { server: database });
    await database.stop('immediate');
    await waitFor(() => stage.gateway.status().state === 'reconnecting', { what: 'the loss to be known' });
    const opening = open(stage.url('/listen/a'));
    await database.start();
    await using socket = await opening;
    await stage.notify('a', 'one');
    await socket.frames(1);
  });
});

describe('Gateway: half-open connection to PostgreSQL', () => {
  it('is detected by the heartbeat', async () => {
    await using server = await startPostgres({ own: true });
    await using proxy = await startTcpProxy(server);
    const heartbeat = { interval: 200, timeout: 1000 };
    await using stage = await openStage({}, { server, through: proxy, heartbeat });
    await using socket = await openV1(stage.url('/listen/a'));
    await socket.frames(1);
    proxy.swallow();
    await waitFor(() => stage.gateway.status().state === 'reconnecting', { what: 'the loss to be noticed' });
    await proxy.resume();
    await socket.message(({ type }) => type === 'gap');
    await stage.notify('a', 'after');
    await socket.message(({ payload }) => payload === 'after');
  });
});
