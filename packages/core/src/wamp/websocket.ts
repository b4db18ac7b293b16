import type { Socket } from 'node:net';
import { WebSocket } from 'ws';
import { ConfigurationError, RouterUnreachableError, SessionLostError } from '../errors.ts';
import { corkFor } from './cork.ts';
import { dial, explain } from './dial.ts';
import { Heartbeat } from './heartbeat.ts';
import type { FrameSocket, WebSocketConfiguration } from './transport-configuration.ts';

/** Bytes in the socket's buffer under which more is welcome. */
const lowWater = 1024 * 1024;

/**
 * Connects to a router by WebSocket.
 *
 * @throws `RouterUnreachableError` if it cannot be reached in time or refuses the handshake.
 */
export async function connectWebSocket(configuration: WebSocketConfiguration): Promise<FrameSocket> {
  const { url, options } = configuration;
  let socket: Socket | undefined;
  const webSocket = new WebSocket(url, ['wamp.2.json'], {
    maxPayload: options.max_message_size,
    perMessageDeflate: false,
    createConnection: () => {
      socket = connect(configuration);
      return socket;
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
    if (error instanceof ConfigurationError) throw error;
    throw new RouterUnreachableError(url, explain(error as Error), { cause: error });
  } finally {
    clearTimeout(timer);
  }
  return new WebSocketFrames(webSocket, socket as Socket, configuration);
}

function connect({ url, endpoint, options }: WebSocketConfiguration): Socket {
  const { protocol, hostname, port } = new URL(url);
  const host = hostname.replace(/^\[|\]$/g, '');
  const secure = protocol === 'wss:';
  const timeout = options.open_handshake_timeout / 1000;
  if (!endpoint) return dial({ type: 'tcp', host, port: Number(port || (secure ? 443 : 80)), timeout, tls: secure });
  return dial(endpoint.type === 'tcp' ? { ...endpoint, tls: endpoint.tls ?? secure } : endpoint, host);
}

/** Frames over a WebSocket: written once per turn of the event loop, and probed with pings. */
class WebSocketFrames implements FrameSocket {
  onframe: (frame: string) => void = () => undefined;
  onclose: (code: number, reason: string) => void = () => undefined;
  onwritable: () => void = () => undefined;
  readonly #webSocket: WebSocket;
  readonly #cork: () => void;
  readonly #heartbeat: Heartbeat;
  /** What had arrived already when the socket was paused. */
  #held: string[] = [];
  #paused = false;
  #lostBy: string | undefined;

  constructor(webSocket: WebSocket, socket: Socket, { options }: WebSocketConfiguration) {
    this.#webSocket = webSocket;
    this.#cork = corkFor(socket);
    webSocket.on('message', (data, isBinary) => this.#receive(data as Buffer, isBinary));
    webSocket.on('error', (error) => {
      this.#lostBy = error.message;
    });
    webSocket.on('close', (code, reason) => this.#closed(code, reason.toString()));
    webSocket.on('pong', () => this.#heartbeat.answered());
    socket.on('drain', () => this.onwritable());
    this.#heartbeat = new Heartbeat(options, {
      ping: () => webSocket.ping(),
      pong: () => webSocket.pong(),
      progress: () => socket.bytesRead,
      dead: (reason) => this.#giveUp(reason),
    });
  }

  get bufferedAmount(): number {
    return this.#webSocket.bufferedAmount > lowWater ? this.#webSocket.bufferedAmount : 0;
  }

  send(frame: string): void {
    if (this.#webSocket.readyState !== WebSocket.OPEN) throw new SessionLostError('the WebSocket is closed');
    this.#cork();
    this.#webSocket.send(frame);
  }

  close(code = 1000, reason = ''): void {
    this.#webSocket.close(code, reason);
    this.resume();
  }

  pause(): void {
    this.#paused = true;
    this.#webSocket.pause();
    this.#heartbeat.pause();
  }

  resume(): void {
    this.#paused = false;
    const held = this.#held;
    this.#held = [];
    for (const [index, frame] of held.entries()) {
      if (this.#paused) {
        this.#held = held.slice(index);
        return;
      }
      this.onframe(frame);
    }
    if (this.#paused) return;
    this.#heartbeat.resume();
    this.#webSocket.resume();
  }

  #receive(data: Buffer, isBinary: boolean): void {
    if (isBinary) this.#webSocket.close(1003, 'a binary frame in a text subprotocol');
    else if (this.#paused) this.#held.push(data.toString());
    else this.onframe(data.toString());
  }

  #closed(code: number, reason: string): void {
    this.#heartbeat.stop();
    this.onclose(code, reason || this.#lostBy || '');
  }

  #giveUp(reason: string): void {
    this.#lostBy = reason;
    this.#webSocket.terminate();
  }
}
