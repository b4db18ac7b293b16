import type { Socket } from 'node:net';
import { closeReason } from '@pgwamp/config';
import { CloseCode, type Content, type Serializer } from '@pgwamp/protocol';
import {
  type Batching,
  CorkedSocket,
  Heartbeat,
  progressOf,
  readMessages,
  type Subprotocol,
  subprotocolNamed,
} from '@pgwamp/protocol/internal';
import { WebSocket } from 'ws';
import { ConfigurationError, RouterUnreachableError, SessionLostError } from '../errors.ts';
import { dialUrl, explain } from './dial.ts';
import type { RouterSocket } from './router-connection.ts';
import type { WebSocketConfiguration } from './transport-configuration.ts';

/** Number of buffered bytes below which the socket counts as writable. */
const lowWater = 1024 * 1024;

/** An open WebSocket. */
export interface OpenWebSocket {
  readonly socket: RouterSocket;
  /** The serializer that the router has selected. */
  readonly serializer: Serializer;
}

/**
 * Connects to a router by WebSocket.
 *
 * @throws `RouterUnreachableError` if the router cannot be reached in time or refuses the handshake.
 */
export async function connectWebSocket(configuration: WebSocketConfiguration): Promise<OpenWebSocket> {
  const { url, endpoint, serializers, options } = configuration;
  const subprotocols = serializers.map(subprotocolNamed);
  let socket: Socket | undefined;
  const webSocket = new WebSocket(
    url,
    subprotocols.map(({ name }) => name),
    {
      maxPayload: options.max_received_size,
      perMessageDeflate: false,
      createConnection: () => {
        socket = dialUrl(url, endpoint, options.open_handshake_timeout / 1000);
        return socket;
      },
    },
  );
  const opened = Promise.withResolvers<void>();
  webSocket.once('open', opened.resolve);
  webSocket.on('error', opened.reject);
  // The option handshakeTimeout of `ws` has no effect on a connection that `ws` has not created itself.
  const timeoutError = new Error(`no WebSocket within ${options.open_handshake_timeout} ms`);
  const timer = setTimeout(() => socket?.destroy(timeoutError), options.open_handshake_timeout);
  try {
    await opened.promise;
  } catch (error) {
    if (error instanceof ConfigurationError) throw error;
    throw new RouterUnreachableError(url, explain(error as Error), { cause: error });
  } finally {
    clearTimeout(timer);
  }
  // `ws` refuses an answer that names none of the subprotocols.
  const chosen = subprotocols.find(({ name }) => name === webSocket.protocol) as Subprotocol;
  return {
    socket: new WebSocketFrames(webSocket, socket as Socket, chosen, options),
    serializer: chosen.serializer,
  };
}

/** Frames over a WebSocket. Writes are combined, and idle connections are pinged. */
class WebSocketFrames implements RouterSocket {
  onframe: (frame: Content) => void = () => undefined;
  onclose: (code: number, reason: string) => void = () => undefined;
  onwritable: () => void = () => undefined;
  readonly #webSocket: WebSocket;
  readonly #corked: CorkedSocket;
  readonly #heartbeat: Heartbeat;
  readonly #binary: boolean;
  readonly #batching: Batching | undefined;
  /** Frames that had already arrived when the socket was paused. */
  #held: Content[] = [];
  #paused = false;
  /** The reason of the loss, and whether this end closed the connection. */
  #lostBy: { readonly reason: string; readonly isOwn: boolean } | undefined;

  constructor(
    webSocket: WebSocket,
    socket: Socket,
    { serializer, openBatching }: Subprotocol,
    options: WebSocketConfiguration['options'],
  ) {
    const { auto_ping_interval: pingInterval, auto_ping_timeout: pingTimeout, max_received_size: maxLength } = options;
    this.#webSocket = webSocket;
    this.#binary = serializer.binary;
    this.#batching = openBatching();
    this.#corked = new CorkedSocket(socket);
    readMessages(webSocket, socket, { masked: false, maxLength }, this);
    webSocket.on('error', ({ code, message }: NodeJS.ErrnoException) => {
      this.#lostBy ??= { reason: message, isOwn: code?.startsWith('WS_ERR_') ?? false };
    });
    webSocket.on('close', (code, reason) => this.#closed(code, reason.toString()));
    socket.on('drain', () => this.onwritable());
    const target = {
      progress: () => progressOf(socket, this.#paused),
      ping: () => webSocket.ping(),
      dead: () => this.#giveUp(`no pong within ${pingTimeout} ms`),
    };
    this.#heartbeat = new Heartbeat(target, { pingInterval, pingTimeout });
  }

  get bufferedAmount(): number {
    return this.#webSocket.bufferedAmount > lowWater ? this.#webSocket.bufferedAmount : 0;
  }

  send(frame: Content): void {
    if (this.#webSocket.readyState !== WebSocket.OPEN) throw new SessionLostError('the WebSocket is closed');
    this.#corked.cork();
    this.#webSocket.send(this.#batching === undefined ? frame : this.#batching.pack(frame));
  }

  flush(): void {
    this.#corked.flush();
  }

  close(code = 1000, reason = ''): void {
    this.#webSocket.close(code, closeReason(reason));
    this.resume();
  }

  pause(): void {
    this.#paused = true;
    this.#webSocket.pause();
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
    if (!this.#paused) this.#webSocket.resume();
  }

  /** Receives a WebSocket message. */
  receive(bytes: Buffer, isBinary: boolean): void {
    if (isBinary !== this.#binary) {
      const reason = `the subprotocol has no ${this.#binary ? 'text' : 'binary'} frames`;
      this.#lostBy = { reason, isOwn: true };
      this.#webSocket.close(CloseCode.UNSUPPORTED_DATA, reason);
      return;
    }
    const content = isBinary ? bytes : bytes.toString();
    for (const frame of this.#batching?.unpack(content) ?? [content]) {
      if (this.#paused) this.#held.push(frame);
      else this.onframe(frame);
    }
  }

  #closed(code: number, reason: string): void {
    this.#heartbeat.stop();
    // If this end could not accept a message, the loss is not blamed on a sent message, for any close code.
    if (this.#lostBy?.isOwn) this.onclose(CloseCode.ABNORMAL, this.#lostBy.reason);
    else this.onclose(code, reason || this.#lostBy?.reason || '');
  }

  #giveUp(reason: string): void {
    this.#lostBy = { reason, isOwn: true };
    this.#webSocket.terminate();
  }
}
