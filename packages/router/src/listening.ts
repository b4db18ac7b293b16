import { once } from 'node:events';
import type { Server as HttpServer } from 'node:http';
import type { Server as HttpsServer } from 'node:https';
import { Server as TlsServer } from 'node:tls';
import type { AuthOptions } from './authentication/index.ts';
import { RouterOptionError } from './errors.ts';
import { addressOf, closeServer, createUpgradeServer, openServer } from './transports/http-server.ts';
import { type ListenerPlan, WebSocketListener } from './transports/websocket-listener.ts';

/** A server whose upgrades the router can take. */
export type WebServer = HttpServer | HttpsServer;

/** Listening on an HTTP server of the router's own. */
export interface OwnServerOptions {
  /** Default `127.0.0.1`. */
  readonly host?: string;
  /** Default 0: a free port, told in the result. */
  readonly port?: number;
  /** Path of the WebSocket endpoint. Default `/ws`. */
  readonly path?: string;
  /** How clients are authenticated. Default: everybody is let in as `anonymous`. */
  readonly auth?: AuthOptions | undefined;
}

/** Listening on an HTTP or HTTPS server that the application has, beside whatever else it serves. */
export interface SharedServerOptions {
  /** The server; its timeouts are the application's. If it does not listen yet, the promise waits until it does. */
  readonly server: WebServer;
  /** Path of the WebSocket endpoint. Default `/ws`. */
  readonly path?: string;
  /** How clients are authenticated. Default: everybody is let in as `anonymous`. */
  readonly auth?: AuthOptions | undefined;
}

export type ListenOptions = OwnServerOptions | SharedServerOptions;

/** An open endpoint. */
export interface Listener extends AsyncDisposable {
  /** What clients connect to, as `ws://127.0.0.1:8080/ws`. */
  readonly url: string;
  readonly port: number;
  /** Takes no more connections and closes those of this endpoint; a shared server itself goes on. */
  close(): Promise<void>;
}

function pathFrom({ path = '/ws' }: ListenOptions): string {
  if (typeof path !== 'string' || !path.startsWith('/')) {
    throw new RouterOptionError(`path: must begin with "/", found ${JSON.stringify(path)}`);
  }
  return path;
}

function urlOf(server: WebServer, path: string): string {
  const { address, port, family } = addressOf(server);
  // An address that stands for all interfaces is none to connect to.
  const host = address === '0.0.0.0' || address === '::' ? 'localhost' : address;
  const scheme = server instanceof TlsServer ? 'wss' : 'ws';
  return `${scheme}://${family === 'IPv6' && host !== 'localhost' ? `[${host}]` : host}:${port}${path}`;
}

function listenerOn(server: WebServer, path: string, close: () => Promise<void>): Listener {
  return { url: urlOf(server, path), port: addressOf(server).port, close, [Symbol.asyncDispose]: close };
}

async function listenShared(server: WebServer, plan: ListenerPlan): Promise<Listener> {
  if (!server.listening) await once(server, 'listening');
  const listener = new WebSocketListener(server, plan);
  return listenerOn(server, plan.path, async () => listener.close());
}

async function listenOwn(options: OwnServerOptions, plan: ListenerPlan, handshakeTimeout: number): Promise<Listener> {
  const server = createUpgradeServer(handshakeTimeout);
  await openServer(server, { host: options.host ?? '127.0.0.1', port: options.port ?? 0 });
  const listener = new WebSocketListener(server, plan);
  let closing: Promise<void> | undefined;
  return listenerOn(server, plan.path, () => {
    listener.close();
    closing ??= closeServer(server);
    return closing;
  });
}

/**
 * Opens a WebSocket endpoint.
 *
 * @throws ListenError if the port is not to be had
 * @throws RouterOptionError for a path that is none
 */
export async function listen(
  options: ListenOptions,
  plan: Omit<ListenerPlan, 'path'>,
  handshakeTimeout: number,
): Promise<Listener> {
  const complete = { ...plan, path: pathFrom(options) };
  if ('server' in options) return listenShared(options.server, complete);
  return listenOwn(options, complete, handshakeTimeout);
}
