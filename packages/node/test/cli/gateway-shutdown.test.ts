import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import {
  type ProcessMessage,
  type RunningProcess,
  sharedPostgres,
  startProcess,
  waitFor,
  withDeadline,
} from '@pgwamp/harness';
import { expect } from 'chai';
import { program } from '../support/command.ts';
import { createFolder } from '../support/folder.ts';

/** A client that never answers, and the bytes that it was sent. */
interface SilentClient {
  readonly socket: Socket;
  readonly chunks: Buffer[];
  readonly closed: Promise<unknown>;
}

const handshake =
  'GET /listen/a HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
  'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n';

async function openSilent(port: number, request: string): Promise<SilentClient> {
  const socket = connect(port, '127.0.0.1');
  const chunks: Buffer[] = [];
  const closed = new Promise((resolve) => socket.once('close', resolve));
  // A reset counts as closed for a client.
  socket.on('error', () => undefined);
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  await once(socket, 'connect');
  socket.write(request);
  return { socket, chunks, closed };
}

/** Opens WebSockets, some hundred at a time. */
async function openWebSockets(port: number, count: number): Promise<SilentClient[]> {
  const all: SilentClient[] = [];
  while (all.length < count) {
    const next = Math.min(200, count - all.length);
    const group = await Promise.all(Array.from({ length: next }, () => openSilent(port, handshake)));
    const areOpen = () => group.every(({ chunks }) => Buffer.concat(chunks).includes('\r\n\r\n'));
    await waitFor(areOpen, { what: 'the sockets to open', deadline: 30_000 });
    for (const { chunks } of group) chunks.length = 0;
    all.push(...group);
  }
  return all;
}

/** The code of the close frame that was the last thing that a client was sent. */
function closeCodeOf({ chunks }: SilentClient): number | undefined {
  const bytes = Buffer.concat(chunks);
  return bytes[0] === 0x88 ? bytes.readUInt16BE(2) : undefined;
}

async function portOf(process: RunningProcess): Promise<number> {
  const isListening = ({ msg }: ProcessMessage) => /listening at /.test(String(msg));
  const { msg } = await process.waitFor(isListening, 30_000);
  return Number(/:(\d+)/.exec(String(msg))?.[1]);
}

const givenUp = 'canceling running work';

describe('pgwamp gateway: SIGTERM', function () {
  this.timeout(120_000);

  const cases = [
    {
      what: 'closes 1,000 silent sockets with 1001 within the time limit, and unauthenticated connections too',
      extra: { drain: '40s', limits: { handshake_timeout: '60s', listen_timeout: '60s', close_timeout: '200ms' } },
      count: 1000,
      isGivenUp: false,
    },
    {
      what: 'destroys sockets that are not closed within the time limit',
      extra: { drain: '2s', limits: { close_timeout: '1h' } },
      count: 20,
      isGivenUp: true,
    },
  ] as const;
  for (const { what, extra, count, isGivenUp } of cases) {
    it(what, async () => {
      await using database = await (await sharedPostgres()).createDatabase();
      const endpoint = { type: 'tcp', port: 0 };
      await using folder = await createFolder({
        'gateway.json': { extra: { database: { uri: '$DATABASE_URL' }, endpoint, ...extra } },
      });
      await using running = await startProcess(program, {
        args: ['gateway', 'gateway.json'],
        cwd: folder.path,
        env: { DATABASE_URL: database.url },
      });
      const port = await portOf(running);
      const clients = await openWebSockets(port, count);
      const unauthenticated = await Promise.all(Array.from({ length: 20 }, () => openSilent(port, '')));
      running.kill('SIGTERM');
      const { code } = await withDeadline(running.exited, 60_000, 'the gateway to end');
      expect(code, running.output).to.equal(143);
      await Promise.all([...clients, ...unauthenticated].map(({ closed }) => closed));
      expect(new Set(clients.map(closeCodeOf))).to.deep.equal(new Set([1001]));
      expect(running.output.includes(givenUp), running.output).to.equal(isGivenUp);
    });
  }
});
