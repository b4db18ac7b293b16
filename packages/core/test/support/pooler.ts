import { EventEmitter, once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import type { DatabaseConfiguration } from '@pgwamp/config';
import { connectClient } from '../../src/postgres/index.ts';
import { messagesOf } from './protocol-messages.ts';

/** The duration for which a client keeps its server connection. */
type Pooling = 'session' | 'transaction' | 'statement';

/** A proxy on 127.0.0.1 that lends a few server connections to many clients. */
export interface Pooler extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
}

/** Authenticated, a parameter, a process id that is nobody's, ready. */
const welcome = Buffer.concat([
  Buffer.from('R\0\0\0\x08\0\0\0\0', 'latin1'),
  Buffer.from('S\0\0\0\x19client_encoding\0UTF8\0', 'latin1'),
  Buffer.from('K\0\0\0\x0c\0\x7f\xff\xff\0\0\0\x01', 'latin1'),
  Buffer.from('Z\0\0\0\x05I', 'latin1'),
]);

/** As PgBouncer answers BEGIN, before it closes the connection. */
const noTransactions = Buffer.from(
  'E\0\0\0\x4dSFATAL\0C08P01\0Mtransaction blocks not allowed in statement pooling mode\0\0',
  'latin1',
);

/** Starts a proxy that pools as PgBouncer does; transactions take scheduler with its server connections. */
export async function startPooler(target: DatabaseConfiguration, pooling: Pooling, connections = 2): Promise<Pooler> {
  const servers = await Promise.all(Array.from({ length: connections }, () => openServer(target)));
  const pool = new Pool(servers);
  const clients = new Set<Socket>();
  const listener = createServer((client) => {
    clients.add(client);
    client.on('error', () => client.destroy());
    void serveClient(client, pool, pooling);
  }).listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address() as { port: number };
  return {
    host: '127.0.0.1',
    port,
    async [Symbol.asyncDispose]() {
      for (const socket of [...clients, ...servers]) socket.destroy();
      listener.close();
      await once(listener, 'close');
    },
  };
}

/** The bare socket of a session that has been authenticated. */
async function openServer(target: DatabaseConfiguration): Promise<Socket> {
  const client = await connectClient(target, 'pooler');
  const socket = client.connection.stream as Socket;
  socket.removeAllListeners('data');
  return socket;
}

class Pool {
  readonly #free: Socket[];
  readonly #changes = new EventEmitter().setMaxListeners(0);

  constructor(servers: readonly Socket[]) {
    this.#free = [...servers];
  }

  async borrow(): Promise<Socket> {
    for (;;) {
      const server = this.#free.shift();
      if (server) return server;
      await once(this.#changes, 'free');
    }
  }

  giveBack(server: Socket): void {
    this.#free.push(server);
    this.#changes.emit('free');
  }
}

async function serveClient(client: Socket, pool: Pool, pooling: Pooling): Promise<void> {
  const requests = messagesOf(client, 'client');
  await requests.next();
  client.write(welcome);
  let server: Socket | undefined;
  for await (const request of requests) {
    // Terminate is for the proxy; the server connection outlives its client.
    if (request[0] === 'X'.charCodeAt(0)) {
      client.end();
      break;
    }
    if (pooling === 'statement' && request.includes('BEGIN')) {
      client.end(noTransactions);
      break;
    }
    server ??= await pool.borrow();
    server.write(request);
    if (!endsExchange(request)) continue;
    const idle = await relayAnswer(server, client);
    if (!idle || pooling === 'session') continue;
    pool.giveBack(server);
    server = undefined;
  }
}

/** A simple Query or a Sync: the server answers with ReadyForQuery. */
function endsExchange(request: Buffer): boolean {
  return 'QS'.includes(String.fromCharCode(request[0] ?? 0));
}

/** Relays until ReadyForQuery; whether the transaction is over. */
async function relayAnswer(server: Socket, client: Socket): Promise<boolean> {
  for await (const answer of messagesOf(server, 'server')) {
    client.write(answer);
    if (answer[0] === 'Z'.charCodeAt(0)) return answer[5] === 'I'.charCodeAt(0);
  }
  return false;
}
