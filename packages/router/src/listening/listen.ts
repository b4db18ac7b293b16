import { once } from 'node:events';
import type { Server as HttpServer } from 'node:http';
import type { Server as HttpsServer } from 'node:https';
import type { Server } from 'node:net';
import { AddressLimits, serverTlsOptions } from '@pgwamp/config';
import type { AuthOptions } from '../authentication/index.ts';
import { asOption, checkOptions } from '../check-options.ts';
import { RouterOptionError } from '../errors.ts';
import type { Endpoint } from '../transports/endpoint-options.ts';
import { createRawSocketServer, RawSocketEndpoint } from '../transports/rawsocket-endpoint.ts';
import {
  createHttpServer,
  openServer,
  portOf,
  refuseRequest,
  type Scheme,
  serverEnd,
  urlOf,
} from '../transports/server.ts';
import { WebSocketEndpoint } from '../transports/websocket-endpoint.ts';
import { WebSocketListener } from '../transports/websocket-listener.ts';
import type { WebTransportOptions } from '../web/web-options.ts';
import { WebServices } from '../web/web-services.ts';
import { transportSchema } from '../worker/transport-schema.ts';
import { rawSocketOptions, webSocketOptions } from './resolve-options.ts';
import type { RouterHandle } from './router-handle.ts';
import type {
  RawSocketTransportOptions,
  WebSocketOptions,
  WebSocketService,
  WebSocketTransportOptions,
} from './transport-options.ts';

/** An HTTP server whose upgrade requests the router can handle. */
export type WebServer = HttpServer | HttpsServer;

/** Options to listen on an HTTP server of the router's own. */
export interface OwnServerOptions {
  /** Default `127.0.0.1`. */
  readonly host?: string;
  /** Default 0: a free port, reported in the result. */
  readonly port?: number;
  /** Path of the WebSocket endpoint. Default `/ws`. */
  readonly path?: string;
  /** Authentication of the clients. Default: every client is accepted as `anonymous`. */
  readonly auth?: AuthOptions | undefined;
  /** The origins of web pages that may connect, like {@link WebSocketOptions.allowed_origins}. */
  readonly allowedOrigins?: readonly string[] | undefined;
}

/** Options to listen on an HTTP or HTTPS server of the application, which may serve other requests as well. */
export interface SharedServerOptions {
  /** The server; the application sets its timeouts. If it does not listen yet, the promise waits until it does. */
  readonly server: WebServer;
  /** Path of the WebSocket endpoint. Default `/ws`. */
  readonly path?: string;
  /** Authentication of the clients. Default: every client is accepted as `anonymous`. */
  readonly auth?: AuthOptions | undefined;
  /** The origins of web pages that may connect, like {@link WebSocketOptions.allowed_origins}. */
  readonly allowedOrigins?: readonly string[] | undefined;
}

/** A transport in the shape of Crossbar.io's configuration. */
export type TransportOptions = WebSocketTransportOptions | RawSocketTransportOptions | WebTransportOptions;

export type ListenOptions = OwnServerOptions | SharedServerOptions | TransportOptions;

/** An open endpoint. */
export interface Listener extends AsyncDisposable {
  /**
   * The URL that clients connect to, like `ws://127.0.0.1:8080/ws` or `rs://127.0.0.1:8081`. For a web transport it is
   * the URL of its first WebSocket, or, without one, `http://127.0.0.1:8080/`.
   */
  readonly url: string;
  /** The port; 0 on a Unix socket. */
  readonly port: number;
  /**
   * Accepts no more connections and closes those of this endpoint. A shared server keeps running.
   *
   * @example
   * ```ts
   * const listener = await router.listen({ port: 8080 });
   * await listener.close(); // the router and its other endpoints go on
   * ```
   */
  close(): Promise<void>;
}

function pathFrom({ path = '/ws' }: OwnServerOptions | SharedServerOptions): string {
  if (typeof path !== 'string' || !path.startsWith('/')) {
    throw new RouterOptionError(`path: must begin with "/", found ${JSON.stringify(path)}`);
  }
  return path;
}

function listenerOn(server: Server, scheme: Scheme, path: string, end: () => Promise<void>): Listener {
  let closing: Promise<void> | undefined;
  const close = () => {
    closing ??= end();
    return closing;
  };
  return { url: urlOf(server, scheme, path), port: portOf(server), close, [Symbol.asyncDispose]: close };
}

/** Connections without a session, such as those in a TLS or HTTP handshake, are counted only here. */
function limitConnections(server: Server, { limits }: RouterHandle): void {
  new AddressLimits(limits.maxSessions + limits.maxUnjoined, limits.maxConnectionsPerAddress).guard(server);
}

function tlsOf(endpoint: Endpoint) {
  const tls = endpoint.type === 'tcp' ? endpoint.tls : undefined;
  return tls ? asOption(() => serverTlsOptions(tls, ['endpoint', 'tls'])) : undefined;
}

async function listenShared(options: SharedServerOptions, router: RouterHandle): Promise<Listener> {
  const { server } = options;
  const path = pathFrom(options);
  const { auth, allowedOrigins: allowed_origins } = options;
  const endpoint = new WebSocketEndpoint(webSocketOptions({ auth, options: { allowed_origins } }, router));
  if (!server.listening) await once(server, 'listening');
  const listener = new WebSocketListener(server, endpoint, path);
  return listenerOn(server, 'ws', path, async () => listener.close());
}

async function listenOwn(options: OwnServerOptions, router: RouterHandle): Promise<Listener> {
  const path = pathFrom(options);
  const { host, port = 0, auth, allowedOrigins: allowed_origins } = options;
  const endpoint = { type: 'tcp', port, interface: host } as const;
  return openWebSocket({ type: 'websocket', auth, endpoint, options: { allowed_origins } }, router, path, path);
}

/** The path in the URL for clients. The router accepts any other path as well. */
function pathOfUrl({ url }: WebSocketService): string {
  if (url === undefined) return '/ws';
  if (!URL.canParse(url)) throw new RouterOptionError(`url: expected a URL, found ${JSON.stringify(url)}`);
  return new URL(url).pathname;
}

async function openWebSocket(
  options: WebSocketTransportOptions,
  router: RouterHandle,
  toldPath: string,
  onlyPath?: string,
): Promise<Listener> {
  const timeout = options.options?.open_handshake_timeout || router.limits.handshakeTimeout;
  const endpoint = new WebSocketEndpoint(webSocketOptions(options, router));
  const server = createHttpServer(timeout, tlsOf(options.endpoint), refuseRequest);
  const listener = new WebSocketListener(server, endpoint, onlyPath);
  limitConnections(server, router);
  const end = serverEnd(server, router.limits.closeTimeout);
  await openServer(server, options.endpoint);
  return listenerOn(server, 'ws', toldPath, () => {
    listener.close();
    server.closeAllConnections();
    return end();
  });
}

async function openRawSocket(options: RawSocketTransportOptions, router: RouterHandle): Promise<Listener> {
  const resolved = rawSocketOptions(options, router);
  const endpoint = new RawSocketEndpoint(resolved);
  const server = createRawSocketServer(endpoint, resolved.handshakeTimeout, tlsOf(options.endpoint));
  limitConnections(server, router);
  const end = serverEnd(server, router.limits.closeTimeout);
  await openServer(server, options.endpoint);
  return listenerOn(server, 'rs', '', () => {
    endpoint.close();
    return end();
  });
}

async function openWeb(options: WebTransportOptions, router: RouterHandle): Promise<Listener> {
  const services = new WebServices(options, router);
  const server = createHttpServer(router.limits.handshakeTimeout, tlsOf(options.endpoint), services.serve);
  server.on('upgrade', services.upgrade);
  limitConnections(server, router);
  const end = serverEnd(server, router.limits.closeTimeout);
  try {
    await openServer(server, options.endpoint);
  } catch (error) {
    services.close();
    throw error;
  }
  const { webSocketPath } = services;
  return listenerOn(server, webSocketPath === undefined ? 'http' : 'ws', webSocketPath ?? '/', () => {
    services.close();
    server.closeAllConnections();
    return end();
  });
}

/**
 * Opens an endpoint.
 *
 * @throws ListenError if the address cannot be opened
 * @throws RouterOptionError naming the path of a wrong option
 */
export async function listen(options: ListenOptions, router: RouterHandle): Promise<Listener> {
  if ('server' in options) return listenShared(options, router);
  if (!('type' in options)) return listenOwn(options, router);
  const transport = checkOptions(transportSchema, options) as TransportOptions;
  if (transport.type === 'rawsocket') return openRawSocket(transport, router);
  if (transport.type === 'web') return openWeb(transport, router);
  return openWebSocket(transport, router, pathOfUrl(transport));
}
