import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { waitFor, withDeadline } from '@pgwamp/harness';
import { expect } from 'chai';
import { openEvents, request } from './support/event-stream.ts';
import { openStage } from './support/gateway.ts';
import { open, openV1, refused } from './support/socket.ts';

const tooLong = 'x'.repeat(64);

/** Opens a WebSocket by hand, and sends bytes. */
async function rawSocket(port: number, bytes: Buffer): Promise<Buffer> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  socket.write(
    'GET /listen/a HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n' +
      'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
  );
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  await waitFor(() => Buffer.concat(chunks).includes('\r\n\r\n'), { what: 'the socket to open' });
  chunks.length = 0;
  socket.write(bytes);
  await withDeadline(once(socket, 'close'), 15_000, 'the socket to be closed');
  return Buffer.concat(chunks);
}

/** The code of the close frame that something ends with. */
function closeCodeOf(bytes: Buffer): number | undefined {
  return bytes[0] === 0x88 ? bytes.readUInt16BE(2) : undefined;
}

function maskedFrame(opcode: number, payload: Buffer): Buffer {
  return Buffer.concat([Buffer.from([0x80 | opcode, 0x80 | payload.length, 0, 0, 0, 0]), payload]);
}

/** Tries until the gateway has seen that another client has gone. */
async function untilAdmitted<Client>(openClient: () => Promise<Client>): Promise<Client> {
  let client: Client | undefined;
  const isOpen = async () => {
    client = await openClient();
    return true;
  };
  await waitFor(isOpen, { what: 'a client to be admitted' });
  return client as Client;
}

async function statusOf(url: string, method: string, headers: Record<string, string> = {}) {
  const response = await request(url, { method, headers });
  return { status: response.statusCode, headers: response.headers, body: await text(response) };
}

describe('Gateway: wrong requests', () => {
  const paths = [
    ['a zero byte', '/listen/%00', 400],
    ['invalid UTF-8', '/listen/%ff%fe', 400],
    ['a broken escape', '/listen/%4', 400],
    ['half a surrogate pair', '/listen/%ED%A0%80', 400],
    ['a name of 64 bytes', `/listen/${tooLong}`, 400],
    ['22 characters of 66 bytes', `/listen/${encodeURIComponent('€'.repeat(22))}`, 400],
    ['no name', '/listen/', 400],
    ['two names for a plain socket', '/listen/a?channel=b', 400],
    ['another path', '/elsewhere/a', 404],
    ['a slash in the name', '/listen/a/b', 404],
  ] as const;
  for (const [what, path, status] of paths) {
    it(`are refused with ${status}: ${what}`, async () => {
      await using stage = await openStage();
      const refusal = await refused(stage.url(path));
      expect(refusal.status).to.equal(status);
      expect(refusal.body).to.not.equal('');
      await using _next = await open(stage.url(`/listen/${tooLong.slice(1)}`));
    });
  }

  it('are refused with the limit of 63 bytes if a name is longer', async () => {
    await using stage = await openStage();
    expect((await refused(stage.url(`/listen/${tooLong}`))).body).to.match(/63/);
  });

  it('are answered with 426 without an upgrade, 405 for another method, 400 for another version', async () => {
    await using stage = await openStage();
    const url = stage.http('/listen/a');
    expect(await statusOf(url, 'GET')).to.nested.include({ status: 426, 'headers.upgrade': 'websocket' });
    expect(await statusOf(url, 'POST')).to.nested.include({ status: 405 });
    expect((await statusOf(url, 'DELETE')).headers.allow).to.match(/GET/);
    const upgrade = { connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==' };
    expect(await statusOf(url, 'GET', { ...upgrade, 'sec-websocket-version': '7' })).to.include({ status: 400 });
    expect(await statusOf(url, 'POST', { ...upgrade, 'sec-websocket-version': '13' })).to.include({ status: 405 });
    expect(
      await statusOf(url, 'GET', { ...upgrade, 'sec-websocket-key': 'x', 'sec-websocket-version': '13' }),
    ).to.include({ status: 400 });
  });

  it('are refused from other origins and for other hosts', async () => {
    await using stage = await openStage({ cors_origins: ['https://example.com'], allowed_hosts: ['127.0.0.1'] });
    const url = stage.url('/listen/a');
    await using _same = await open(url, [], { origin: 'https://example.com' });
    expect((await refused(url, [], { origin: 'https://example.com.evil.org' })).status).to.equal(403);
    expect((await refused(url, [], { origin: 'null' })).status).to.equal(403);
    expect((await refused(url, [], { headers: { host: 'evil.org' } })).status).to.equal(421);
  });
});

describe('Gateway: DNS rebinding', () => {
  it('reaches nothing of a gateway on a loopback address', async () => {
    await using stage = await openStage();
    const host = `evil.example:${stage.port}`;
    const origin = `http://${host}`;
    expect((await refused(stage.url('/listen/a'), [], { origin, headers: { host } })).status).to.equal(421);
    for (const path of ['/', '/health', '/listen/a']) {
      expect((await statusOf(stage.http(path), 'GET', { host, origin })).status, path).to.equal(421);
    }
    expect((await statusOf(stage.http('/health'), 'GET', { host: `localhost:${stage.port}` })).status).to.equal(200);
  });
});

describe('Gateway: clients that violate the protocol', () => {
  const cases = [
    ['an unmasked frame', 1002, Buffer.from([0x81, 1, 65])],
    ['a reserved opcode', 1002, maskedFrame(3, Buffer.alloc(0))],
    ['text that is not UTF-8', 1007, maskedFrame(1, Buffer.from([0xff]))],
    ['a binary frame', 1003, maskedFrame(2, Buffer.from([1]))],
    ['64 MiB', 1009, Buffer.from([0x81, 0xff, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0])],
    ['a flood of pings', 1008, Buffer.concat(Array.from({ length: 200 }, () => maskedFrame(9, Buffer.alloc(0))))],
  ] as const;
  for (const [what, code, bytes] of cases) {
    it(`are closed with ${code}: ${what}`, async () => {
      await using stage = await openStage({ limits: { close_timeout: 100 } });
      await using other = await open(stage.url('/listen/a'));
      const answer = await rawSocket(stage.port, bytes);
      const close = answer.lastIndexOf(Buffer.from([0x88]));
      expect(closeCodeOf(answer.subarray(close))).to.equal(code);
      await stage.notify('a', 'for others');
      await other.frames(1);
    });
  }

  it('receive pongs, and an answer to their close', async () => {
    await using stage = await openStage();
    await using socket = await open(stage.url('/listen/a'));
    const pong = once(socket.webSocket, 'pong');
    socket.webSocket.ping('are you there');
    expect((await withDeadline(pong, 5000, 'the pong'))[0].toString()).to.equal('are you there');
    socket.webSocket.close(1000);
    expect(await socket.closed).to.include({ code: 1000 });
  });

  it('are ignored if they send text on a plain channel', async () => {
    await using stage = await openStage();
    await using socket = await open(stage.url('/listen/a'));
    socket.webSocket.send('DROP TABLE x');
    await waitFor(() => stage.gateway.status().framesIn === 1, { what: 'the frame' });
    await stage.notify('a', 'one');
    expect(await socket.frames(1)).to.deep.equal(['one']);
  });
});

describe('Gateway: silent connections', () => {
  it('are closed while new connections are served', async () => {
    await using stage = await openStage({ limits: { handshake_timeout: 500 } });
    const sockets = await Promise.all(
      Array.from({ length: 1000 }, async () => {
        const socket = connect(stage.port, '127.0.0.1');
        await once(socket, 'connect');
        return socket;
      }),
    );
    const gone = sockets.map((socket) => once(socket.resume(), 'close'));
    await using _newcomer = await open(stage.url('/listen/a'));
    await withDeadline(Promise.all(gone), 15_000, 'all to be dropped');
  });

  it('are limited in total, whatever their protocol', async () => {
    await using stage = await openStage({ limits: { max_connections: 3, handshake_timeout: '60s' } });
    const silent = connect(stage.port, '127.0.0.1');
    await once(silent, 'connect');
    using _events = await openEvents(stage.http('/listen/a'));
    await using first = await open(stage.url('/listen/a'), [], { localAddress: '127.0.0.2' });
    const refusal = await refused(stage.url('/listen/a'));
    expect(refusal).to.deep.include({ status: 503, body: 'too many connections' });
    expect(Number(refusal.headers['retry-after'])).to.be.at.least(1);
    await stage.notify('a', 'one');
    expect(await first.frames(1)).to.deep.equal(['one']);
    silent.destroy();
    await using _next = await untilAdmitted(() => open(stage.url('/listen/a')));
  });

  it('are limited for each address', async () => {
    await using stage = await openStage({ limits: { max_connections_per_address: 2 } });
    const first = await open(stage.url('/listen/a'));
    await using _second = await open(stage.url('/listen/a'));
    expect((await refused(stage.url('/listen/a'))).status).to.equal(503);
    await using _other = await open(stage.url('/listen/a'), [], { localAddress: '127.0.0.2' });
    await first[Symbol.asyncDispose]();
    await waitFor(() => stage.gateway.status().clients === 2, { what: 'the first to have gone' });
    await using _third = await open(stage.url('/listen/a'));
  });

  it('are closed without a pong', async () => {
    await using stage = await openStage({ ping: { interval: 100, timeout: 100 } });
    await using alive = await openV1(stage.url('/listen/a'));
    await using dead = await open(stage.url('/listen/a'));
    const raw = (dead.webSocket as unknown as { _socket: Socket })._socket;
    raw.pause();
    await waitFor(() => stage.gateway.status().clients === 1, { what: 'the dead one to be given up' });
    await stage.notify('a', 'one');
    await alive.message(({ payload }) => payload === 'one');
    raw.resume();
  });
});
