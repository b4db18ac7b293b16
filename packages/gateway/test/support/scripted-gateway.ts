import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';

/** A connection of a client, as the test sees it. */
interface ScriptedConnection {
  readonly request: IncomingMessage;
  /** Settled when the socket is closed. */
  readonly ended: Promise<unknown>;
  send(message: object): void;
  /** The next message of the client. */
  hears(): Promise<Record<string, unknown>>;
  close(code: number, reason?: string): void;
  /** Cuts the socket without a close. */
  cut(): void;
}

/** The other end of a client, which says what the test tells it to. */
export interface ScriptedGateway extends AsyncDisposable {
  readonly url: string;
  /** The next connection of a client. */
  accept(): Promise<ScriptedConnection>;
}

/** Values that are waited for in the order in which they come. */
function queue<Value>() {
  const values: Value[] = [];
  const waiting: ((value: Value) => void)[] = [];
  return {
    put(value: Value) {
      const take = waiting.shift();
      if (take) take(value);
      else values.push(value);
    },
    take(): Promise<Value> {
      const [value] = values.splice(0, 1);
      return value === undefined ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve(value);
    },
  };
}

/** Starts the other end. It speaks `pgwamp.v1`. */
export async function startScriptedGateway(): Promise<ScriptedGateway> {
  const server = createServer();
  const sockets = new WebSocketServer({ server, handleProtocols: () => 'pgwamp.v1' });
  const connections = queue<ScriptedConnection>();
  sockets.on('connection', (socket, request) => connections.put(connectionOf(socket, request)));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/listen`,
    accept: () => connections.take(),
    async [Symbol.asyncDispose]() {
      for (const socket of sockets.clients) socket.terminate();
      server.close();
      await once(server, 'close');
    },
  };
}

function connectionOf(socket: WebSocket, request: IncomingMessage): ScriptedConnection {
  const messages = queue<Record<string, unknown>>();
  socket.on('message', (data) => messages.put(JSON.parse(String(data))));
  return {
    request,
    ended: once(socket, 'close'),
    send: (message) => socket.send(JSON.stringify(message)),
    hears: () => messages.take(),
    close: (code, reason) => socket.close(code, reason),
    cut: () => socket.terminate(),
  };
}
