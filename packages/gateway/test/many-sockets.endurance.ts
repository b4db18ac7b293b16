import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { type ProcessMessage, type RunningProcess, sharedPostgres, startProcess, waitFor } from '@pgwamp/harness';
import { expect } from 'chai';

const fixture = (name: string) => join(import.meta.dirname, 'fixtures', `${name}.ts`);
const count = 10_000;
const atOnce = 200;

/** A socket that has done its handshake, and counts the bytes that follow. */
interface IdleSocket {
  readonly socket: Socket;
  received: number;
}

/** Opens a socket without the memory of a WebSocket client. */
function openIdle(port: number): Promise<IdleSocket> {
  const { promise, resolve, reject } = Promise.withResolvers<IdleSocket>();
  const socket = connect(port, '127.0.0.1');
  const idle: IdleSocket = { socket, received: 0 };
  socket.on('error', reject);
  socket.write(
    'GET /listen/a HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
      'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
  );
  socket.once('data', (answer) => {
    if (!answer.includes(' 101 ')) reject(new Error(answer.toString()));
    socket.on('data', (bytes) => {
      idle.received += bytes.length;
    });
    resolve(idle);
  });
  return promise;
}

async function openMany(port: number, wanted: number): Promise<IdleSocket[]> {
  const sockets: IdleSocket[] = [];
  while (sockets.length < wanted) {
    const next = Math.min(atOnce, wanted - sockets.length);
    sockets.push(...(await Promise.all(Array.from({ length: next }, () => openIdle(port)))));
  }
  return sockets;
}

/** The next line of a process, which the signal asks for. */
async function ask(running: RunningProcess, signal: 'SIGHUP' | 'SIGUSR2'): Promise<ProcessMessage> {
  const asked = running.messages.length;
  running.kill(signal);
  return waitFor(() => running.messages[asked], { what: `the answer to ${signal}`, deadline: 60_000 });
}

/** Bytes that a process holds once it has so many clients. Its memory is asked for only then: it takes a garbage collection, which holds it up. */
async function memoryOf(running: RunningProcess, clients: number): Promise<number> {
  const hasThem = async () => (await ask(running, 'SIGHUP')).clients === clients;
  await waitFor(hasThem, { what: `${clients} clients`, deadline: 60_000 });
  return (await ask(running, 'SIGUSR2')).memory as number;
}

/** Bytes for each of 10,000 sockets, of which the first hundred are not counted; with what is done to them then. */
async function perSocket(
  running: RunningProcess,
  use: (sockets: readonly IdleSocket[]) => Promise<void> = async () => {},
) {
  const { port } = await running.waitFor((message) => 'port' in message);
  const first = await openMany(port as number, 100);
  const before = await memoryOf(running, 100);
  const rest = await openMany(port as number, count - 100);
  const after = await memoryOf(running, count);
  await use([...first, ...rest]);
  for (const { socket } of [...first, ...rest]) socket.destroy();
  return (after - before) / (count - 100);
}

describe('Gateway: 10,000 sockets of one channel', () => {
  it('need at most 12 KiB each more than bare ws, receive each notification, and leave no memory behind', async function () {
    this.timeout(300_000);
    await using database = await (await sharedPostgres()).createDatabase();
    const { host, port, user, password } = database.config;
    const extra = {
      database: { host, port, database: database.name, user, password },
      endpoint: { type: 'tcp', port: 0 },
      limits: { listen_timeout: '60s', handshake_timeout: '60s' },
    };
    const nodeOptions = '--expose-gc';
    let bare: number;
    {
      await using websockets = await startProcess(fixture('websocket-process'), { nodeOptions });
      bare = await perSocket(websockets);
    }
    await using gateway = await startProcess(fixture('gateway-process'), {
      args: [JSON.stringify(extra)],
      nodeOptions,
    });
    const own = await perSocket(gateway, async (sockets) => {
      await using sql = await database.connect();
      await sql.query(`NOTIFY a, 'for all'`);
      const frame = 2 + 'for all'.length;
      await waitFor(() => sockets.every(({ received }) => received === frame), {
        what: 'a frame each',
        deadline: 60_000,
      });
    });
    expect(own - bare).to.be.at.most(12 * 1024);
    await memoryOf(gateway, 0);
  });
});
