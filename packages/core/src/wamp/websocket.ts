import { readFileSync } from 'node:fs';
import net from 'node:net';
import type { Duplex } from 'node:stream';
import tls from 'node:tls';
import { WebSocket } from 'ws';
import type { FrameSocket, WebSocketConfiguration } from '../config/index.ts';
import { RouterUnreachableError, SessionLostError } from '../errors.ts';

/** Bytes in the socket's buffer under which more is welcome. */
const lowWater = 1024 * 1024;

/**
 * Connects to a router by WebSocket.
 *
 * @throws `RouterUnreachableError` if it cannot be reached in time or refuses the handshake.
 */
export async function connectWebSocket(configuration: WebSocketConfiguration): Promise<FrameSocket> {
  const { url, options } = configuration;
  let socket: Duplex | undefined;
  const webSocket = new WebSocket(url, ['wamp.2.json'], {
    maxPayload: options.max_message_size,
    perMessageDeflate: false,
    createConnection: () => {
      socket = connect(configuration);
      return socket as net.Socket;
    },
  });
  const opened = Promise.withResolvers<void>();
  webSocket.once('open', opened.resolve);
  webSocket.on('error', opened.reject);
  // The option handshakeTimeout of `ws` has no effect on a connection that it has not made itself.
  const late = new Error(`no WebSocket within ${options.open_handshake_timeout} ms`);
  const timer = setTimeout(() => socket?.destroy(late), options.open_handshake_timeout);
  try {
    await opened.promise;
  } catch (error) {
    throw new RouterUnreachableError(url, explain(error as Error), { cause: error });
  } finally {
    clearTimeout(timer);
  }
  return new WebSocketFrames(webSocket, socket as Duplex, configuration);
}

function explain(error: Error): string {
  return error instanceof AggregateError ? error.errors.map(explain).join('; ') : error.message;
}

function connect({ url, endpoint }: WebSocketConfiguration): net.Socket {
  const socket = endpoint?.type === 'unix' ? net.connect({ path: endpoint.path }) : connectTcp(url, endpoint);
  if (endpoint) giveUpAfter(endpoint.timeout, socket);
  return socket;
}

/** @param seconds that connecting may take. */
function giveUpAfter(seconds: number, socket: net.Socket): void {
  const timer = setTimeout(() => socket.destroy(new Error(`no connection within ${seconds} s`)), seconds * 1000);
  const stop = () => clearTimeout(timer);
  socket.once(socket instanceof tls.TLSSocket ? 'secureConnect' : 'connect', stop).once('close', stop);
}

type TcpEndpoint = Extract<WebSocketConfiguration['endpoint'], { type: 'tcp' }>;

function connectTcp(url: string, endpoint: TcpEndpoint | undefined): net.Socket {
  const { protocol, hostname, port } = new URL(url);
  const secure = protocol === 'wss:';
  const address = {
    host: endpoint?.host ?? hostname.replace(/^\[|\]$/g, ''),
    port: endpoint?.port ?? Number(port || (secure ? 443 : 80)),
  };
  const options = endpoint?.tls ?? secure;
  const socket = options ? tls.connect({ ...address, ...tlsOptions(options, hostname) }) : net.connect(address);
  return socket.setNoDelay(true).setKeepAlive(true, 10_000);
}

function tlsOptions(options: NonNullable<TcpEndpoint['tls']>, hostname: string): tls.ConnectionOptions {
  const { hostname: name, ca_certificates, certificate, key } = options === true || options === false ? {} : options;
  const servername = name ?? hostname;
  return {
    ...(net.isIP(servername) === 0 && { servername }),
    ...(ca_certificates && { ca: ca_certificates.map((path) => readFileSync(path)) }),
    ...(certificate && { cert: readFileSync(certificate) }),
    ...(key && { key: readFileSync(key) }),
  };
}

/** Frames over a WebSocket: written once per turn of the event loop, and probed with pings. */
class WebSocketFrames implements FrameSocket {
  onframe: (frame: string) => void = () => undefined;
  onclose: (code: number, reason: string) => void = () => undefined;
  onwritable: () => void = () => undefined;
  readonly #webSocket: WebSocket;
  readonly #socket: Duplex;
  readonly #options: WebSocketConfiguration['options'];
  #corked = false;
  #timer: NodeJS.Timeout | undefined;
  #lostBy: string | undefined;

  constructor(webSocket: WebSocket, socket: Duplex, { options }: WebSocketConfiguration) {
    this.#webSocket = webSocket;
    this.#socket = socket;
    this.#options = options;
    webSocket.on('message', (data, isBinary) => this.#receive(data as Buffer, isBinary));
    webSocket.on('error', (error) => {
      this.#lostBy = error.message;
    });
    webSocket.on('close', (code, reason) => this.#closed(code, reason.toString()));
    webSocket.on('pong', () => this.#schedulePing());
    socket.on('drain', () => this.onwritable());
    this.#schedulePing();
  }

  get bufferedAmount(): number {
    return this.#webSocket.bufferedAmount > lowWater ? this.#webSocket.bufferedAmount : 0;
  }

  send(frame: string): void {
    if (this.#webSocket.readyState !== WebSocket.OPEN) throw new SessionLostError('the WebSocket is closed');
    if (!this.#corked) this.#cork();
    this.#webSocket.send(frame);
  }

  close(code = 1000, reason = ''): void {
    this.#webSocket.close(code, reason);
  }

  /** One write for all frames of this turn, instead of two for each. */
  #cork(): void {
    this.#corked = true;
    this.#socket.cork();
    process.nextTick(() => {
      this.#corked = false;
      this.#socket.uncork();
    });
  }

  #receive(data: Buffer, isBinary: boolean): void {
    if (isBinary) this.#webSocket.close(1003, 'a binary frame in a text subprotocol');
    else this.onframe(data.toString());
  }

  #closed(code: number, reason: string): void {
    clearTimeout(this.#timer);
    this.onclose(code, reason || this.#lostBy || '');
  }

  #schedulePing(): void {
    clearTimeout(this.#timer);
    if (this.#options.auto_ping_interval > 0) {
      this.#timer = setTimeout(() => this.#ping(), this.#options.auto_ping_interval);
    }
  }

  #ping(): void {
    this.#webSocket.ping();
    this.#timer = setTimeout(() => {
      this.#lostBy = `no pong within ${this.#options.auto_ping_timeout} ms`;
      this.#webSocket.terminate();
    }, this.#options.auto_ping_timeout);
  }
}
