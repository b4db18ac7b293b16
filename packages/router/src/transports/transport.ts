import type { Content, Frame } from '@pgwamp/protocol';

/** The router's end of a connection. It carries whole frames, in order, and knows nothing of what they mean. */
export interface Transport {
  /** `websocket`, `rawsocket`, `memory`. */
  readonly kind: string;
  /** The other end's address, for people. */
  readonly peer: string;
  /** Bytes accepted by {@link send} that the other end, or the operating system, has not yet taken. */
  readonly bufferedAmount: number;
  /**
   * Queues one frame; does nothing once the transport is closing. It never throws, because other receivers wait for the
   * same message: a frame that cannot be written closes this connection alone.
   */
  send(frame: Frame): void;
  /** Closes in order: what was sent before still arrives. The codes are WebSocket's. */
  close(code: number, reason: string): void;
  /** Closes at once and lets go of everything queued. */
  terminate(code: number, reason: string): void;
  /** Stops reading: the other end's frames wait where they are. */
  pause(): void;
  resume(): void;
  /**
   * Takes no frame that is longer, in bytes, until {@link liftFrameLimit}. What exceeds the limit is not kept: the
   * transport calls {@link onviolation}.
   */
  limitFrames(bytes: number): void;
  /** Takes frames up to the limit of the endpoint again. */
  liftFrameLimit(): void;
  onframe: (content: Content) => void;
  /** The other end has broken the rules of the transport. Whoever is called sends the last words and closes. */
  onviolation: (code: number, message: string) => void;
  /** What was queued has been taken. */
  ondrain: () => void;
  /** Exactly once; no frame arrives afterwards. */
  onclose: (code: number, reason: string) => void;
}
