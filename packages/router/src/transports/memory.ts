import type { Content, Frame, FrameSocket } from '@pgwamp/protocol';
import { CloseCode } from '@pgwamp/protocol';
import { textOf } from '@pgwamp/protocol/internal';
import { ClosedError } from '../errors.ts';
import { FramePipe } from './frame-pipe.ts';
import { flushOutputs } from './socket-output.ts';
import type { Transport } from './transport.ts';

/** The limits of a client in the same process. */
export interface MemoryLimits {
  /** The limit of a frame, in characters. */
  readonly maxMessageSize: number;
  /** The limit of queued frames to the router, in characters. */
  readonly maxBufferedBytes: number;
}

// The router reads a limited part of each client's queue per turn. A client receives its whole queue, so that it cannot
// grow.
const TO_ROUTER = { frames: 1024, size: 1024 * 1024 };
const TO_CLIENT = { frames: Number.POSITIVE_INFINITY, size: Number.POSITIVE_INFINITY };

function nothing(): void {}

class ClientEnd implements FrameSocket {
  onframe: (frame: string) => void = nothing;
  onclose: (code: number, reason: string) => void = nothing;
  onwritable: () => void = nothing;
  closed = false;
  readonly #connection: MemoryConnection;

  constructor(connection: MemoryConnection) {
    this.#connection = connection;
  }

  get bufferedAmount(): number {
    return this.#connection.toRouter.size;
  }

  send(frame: string): void {
    if (this.closed) throw new ClosedError('the connection to the router is closed');
    this.#connection.accept(frame);
  }

  close(code: number = CloseCode.NORMAL, reason = ''): void {
    this.closed = true;
    this.#connection.toRouter.end(code, reason);
    // The close is queued behind frames that wait while the pipe is paused.
    this.resume();
  }

  pause(): void {
    this.#connection.toClient.pause();
  }

  resume(): void {
    this.#connection.toClient.resume();
  }
}

class RouterEnd implements Transport {
  readonly kind = 'memory';
  readonly peer = 'memory';
  onframe: (content: Content) => void = nothing;
  ondrain: () => void = nothing;
  onviolation: (code: number, message: string) => void = nothing;
  onclose: (code: number, reason: string) => void = nothing;
  readonly #connection: MemoryConnection;

  constructor(connection: MemoryConnection) {
    this.#connection = connection;
  }

  get bufferedAmount(): number {
    return this.#connection.toClient.size;
  }

  send(frame: Frame): void {
    this.#connection.toClient.push(textOf(frame.content));
  }

  close(code: number, reason: string): void {
    this.#connection.closeFromRouter(code, reason);
    this.#connection.toClient.end(code, reason);
  }

  terminate(code: number, reason: string): void {
    this.#connection.closeFromRouter(code, reason);
    this.#connection.toClient.cut(code, reason);
  }

  pause(): void {
    this.#connection.toRouter.pause();
  }

  resume(): void {
    this.#connection.toRouter.resume();
  }

  // Nothing to limit: the frames are already in the memory of this process.
  limitFrames(): void {}

  liftFrameLimit(): void {}
}

/**
 * A connection inside the process. `client` is the component's end, `transport` the router's end. The close() of either
 * end is delivered after the frames sent before it, and answered by the other end, as in WebSocket.
 */
export class MemoryConnection {
  readonly client: FrameSocket;
  readonly transport: Transport;
  readonly toRouter: FramePipe;
  readonly toClient: FramePipe;
  readonly #limits: MemoryLimits;
  readonly #client: ClientEnd;

  constructor(limits: MemoryLimits) {
    this.#limits = limits;
    const client = new ClientEnd(this);
    const transport = new RouterEnd(this);
    this.#client = client;
    this.client = client;
    this.transport = transport;
    this.toRouter = new FramePipe(
      {
        frame: (frame) => transport.onframe(frame),
        // This runs in an immediate. Otherwise, the frames would be written by the immediates of the next turn.
        turned: flushOutputs,
        drained: () => client.onwritable(),
        end: (code, reason) => this.#endFromClient(code, reason),
      },
      TO_ROUTER,
    );
    this.toClient = new FramePipe(
      {
        frame: (frame) => client.onframe(frame),
        turned: nothing,
        drained: () => transport.ondrain(),
        end: (code, reason) => client.onclose(code, reason),
      },
      TO_CLIENT,
    );
  }

  /** Accepts a frame of the client, or closes the connection if the client exceeds a limit. */
  accept(frame: string): void {
    const { maxMessageSize, maxBufferedBytes } = this.#limits;
    if (frame.length > maxMessageSize) this.#refuse(CloseCode.MESSAGE_TOO_BIG, 'the message is too big');
    else if (this.toRouter.size > maxBufferedBytes)
      this.#refuse(CloseCode.POLICY_VIOLATION, 'too many bytes are queued');
    else this.toRouter.push(frame);
  }

  closeFromRouter(code: number, reason: string): void {
    this.#client.closed = true;
    this.toRouter.cut(code, reason);
  }

  #refuse(code: number, reason: string): void {
    this.#client.closed = true;
    this.toRouter.end(code, reason);
  }

  #endFromClient(code: number, reason: string): void {
    this.transport.onclose(code, reason);
    this.toClient.end(code, reason);
  }
}
