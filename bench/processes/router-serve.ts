// A router in a process of its own; or, for comparison, a server of `ws` that echoes messages, or one that only sends. With
// `idle` it prints its memory before and after that number of connections.
import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createRouter, type Router } from '@pgwamp/router';
import { type WebSocket, WebSocketServer } from 'ws';

const { echo, sender, idle, bridge } = JSON.parse(process.argv[2] ?? '{}') as {
  readonly echo?: boolean;
  readonly sender?: boolean;
  readonly idle?: number;
  readonly bridge?: boolean;
};

async function serveSockets(serve: (socket: WebSocket, connection: Socket) => void) {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });
  await once(server, 'listening');
  server.on('connection', (socket, { socket: connection }) => serve(socket, connection));
  const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  return { url, bridge: undefined, connections: () => server.clients.size };
}

function echoTo(socket: WebSocket): void {
  socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }));
}

/** Sends the events that the first message asks for, as fast as the other end reads, and 500 of them in one write. */
function sendTo(socket: WebSocket, connection: Socket): void {
  let count = 0;
  let sent = 0;
  const send = () => {
    connection.cork();
    for (const end = Math.min(count, sent + 500); sent < end; sent++) {
      socket.send(JSON.stringify([36, 1, sent, {}, [sent, 'hello world']]));
    }
    connection.uncork();
    if (sent === count) return;
    if (connection.writableNeedDrain) connection.once('drain', send);
    else setImmediate(send);
  };
  socket.once('message', (data) => {
    count = JSON.parse(String(data))[0];
    send();
  });
}

async function listenByHttp(router: Router): Promise<string> {
  const endpoint = { type: 'tcp', interface: '127.0.0.1', port: 0 } as const;
  const call = { type: 'caller', realm: 'realm1', role: 'anonymous' } as const;
  const { url } = await router.listen({ type: 'web', endpoint, paths: { call } });
  return new URL('/call', url.replace(/^ws/, 'http')).href;
}

async function serveRouter() {
  const router = createRouter({ realms: ['realm1'] });
  const { url } = await router.listen();
  return { url, bridge: bridge ? await listenByHttp(router) : undefined, connections: () => router.stats().sessions };
}

async function settledMemory() {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  for (let round = 0; round < 5; round++) {
    collect();
    await sleep(50);
  }
  const { heapUsed, external, rss } = process.memoryUsage();
  return { used: heapUsed + external, resident: rss };
}

async function tellMemory(connections: () => number, count: number): Promise<void> {
  while (connections() < 100) await sleep(5);
  const [fewer, before] = [connections(), await settledMemory()];
  console.log(JSON.stringify({ warm: true }));
  while (connections() < fewer + count) await sleep(5);
  const after = await settledMemory();
  const each = (part: keyof typeof after) => (after[part] - before[part]) / count;
  console.log(JSON.stringify({ used: each('used'), resident: each('resident') }));
}

const {
  url,
  bridge: byHttp,
  connections,
} = await (echo ? serveSockets(echoTo) : sender ? serveSockets(sendTo) : serveRouter());
console.log(JSON.stringify({ url, bridge: byHttp }));
if (idle !== undefined) await tellMemory(connections, idle);
