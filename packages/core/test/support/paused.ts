import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { waitFor } from '@pgwamp/harness';
import type { Session } from '../../src/wamp/index.ts';
import { joinRawSocket, joinUrl } from './join.ts';
import { startScriptedRouter } from './scripted-router.ts';

/** A session that pings every 20 ms, and the router's view of it. */
export interface PausableSession extends AsyncDisposable {
  readonly session: Session;
  send(message: readonly unknown[]): void;
  /** Number of bytes that the session has not read, without the buffers of the operating system. */
  unread(): number;
  /** Pings that have come. */
  readonly seen: { pings: number };
}

const options = { auto_ping_interval: 20, auto_ping_timeout: 200 };

async function joinByWebSocket(): Promise<PausableSession> {
  const router = await startScriptedRouter();
  const joining = joinUrl(router.url, { options });
  const peer = await router.peer();
  await peer.welcome();
  const seen = { pings: 0 };
  peer.webSocket.on('ping', () => {
    seen.pings += 1;
  });
  return {
    ...{ session: await joining, seen },
    send: (message) => peer.send(message),
    unread: () => peer.webSocket.bufferedAmount,
    [Symbol.asyncDispose]: () => router[Symbol.asyncDispose](),
  };
}

async function joinByRawSocket(): Promise<PausableSession> {
  const server = createServer().listen(0, '127.0.0.1');
  const connection = once(server, 'connection') as Promise<[Socket]>;
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const joining = joinRawSocket({ type: 'tcp', host: '127.0.0.1', port }, { options });
  const [socket] = await connection;
  socket.write(Buffer.from([0x7f, 0xf1, 0, 0]));
  const send = (message: readonly unknown[]) => socket.write(frame(0, JSON.stringify(message)));
  send([2, 1, { roles: {} }]);
  const seen = { pings: 0 };
  const session = await joining;
  socket.on('error', () => socket.destroy());
  // Each comes alone: a control frame in a turn of its own.
  socket.on('data', ([type]: Buffer) => {
    if (type !== 1) return;
    socket.write(frame(2, ''));
    seen.pings += 1;
  });
  const dispose = async () => {
    socket.destroy();
    server.close();
    await once(server, 'close');
  };
  return { session, seen, send, unread: () => socket.writableLength, [Symbol.asyncDispose]: dispose };
}

function frame(type: number, content: string): Buffer {
  const bytes = Buffer.from(`\0\0\0\0${content}`);
  bytes.writeUInt32BE(type * 2 ** 24 + bytes.length - 4);
  return bytes;
}

/** By each of the transports that go over a socket. */
export const joinPausable = { WebSocket: joinByWebSocket, RawSocket: joinByRawSocket } as const;

/** Waits for so many more pings. */
export async function beats({ seen }: PausableSession, count: number): Promise<void> {
  const until = seen.pings + count;
  await waitFor(() => seen.pings >= until, { what: `${count} pings` });
}
