import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { createServer as createSecureServer, type ServerOptions } from 'node:https';
import { waitFor } from '@pgwamp/harness';
import { type WebSocket, WebSocketServer } from 'ws';
import { ScriptedPeer } from './scripted-peer.ts';

/** A WebSocket server that only sends the messages of the test. */
export interface ScriptedRouter extends AsyncDisposable {
  readonly port: number;
  readonly url: string;
  readonly peers: readonly ScriptedPeer[];
  /** The first client, or the one with this index, as soon as it is connected. */
  peer(index?: number): Promise<ScriptedPeer>;
}

/** The endpoint of a scripted router. */
export interface ScriptedRouterOptions {
  readonly tls?: ServerOptions;
  /** A unix socket instead of a port. */
  readonly path?: string;
  /** Whether pings are answered. */
  readonly autoPong?: boolean;
}

export async function startScriptedRouter(options: ScriptedRouterOptions = {}): Promise<ScriptedRouter> {
  const server = options.tls ? createSecureServer(options.tls) : createServer();
  const peers: ScriptedPeer[] = [];
  const webSockets = new WebSocketServer({
    server,
    autoPong: options.autoPong ?? true,
    maxPayload: 256 * 1024 * 1024,
    handleProtocols: () => 'wamp.2.json',
  });
  webSockets.on('connection', (webSocket: WebSocket, { socket }) => peers.push(new ScriptedPeer(webSocket, socket)));
  if (options.path) server.listen(options.path);
  else server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const port = portOf(server);
  return {
    port,
    url: `${options.tls ? 'wss' : 'ws'}://localhost:${port}/ws`,
    peers,
    peer: (index = 0) => waitFor(() => peers[index], { what: `client ${index} to connect` }),
    async [Symbol.asyncDispose]() {
      for (const peer of peers) peer.webSocket.terminate();
      webSockets.close();
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === 'object' ? (address?.port ?? 0) : 0;
}
