import type { Content, Frame } from '@pgwamp/protocol';

/** The router's end of a connection. It transports whole frames, in order, and does not interpret them. */
export interface Transport {
  /** `websocket`, `rawsocket`, `memory`. */
  readonly kind: string;
  /** The address of the other end, for people. */
  readonly peer: string;
  /** The bytes accepted by {@link send} that neither the other end nor the operating system has taken yet. */
  readonly bufferedAmount: number;
  /**
   * Queues one frame; does nothing once the transport is closing. It never throws, because other receivers wait for the
   * same message. A frame that cannot be written closes only this connection.
   */
  send(frame: Frame): void;
  /** Closes the connection after all queued frames. The codes are those of WebSocket. */
  close(code: number, reason: string): void;
  /** Closes immediately and discards all queued frames. */
  terminate(code: number, reason: string): void;
  /** Stops reading. Frames of the other end stay in the operating system's buffers. */
  pause(): void;
  resume(): void;
  /**
   * Limits frames to this many bytes until {@link liftFrameLimit}. A longer frame is not buffered: the transport calls
   * {@link onviolation}.
   */
  limitFrames(bytes: number): void;
  /** Restores the frame limit of the endpoint. */
  liftFrameLimit(): void;
  onframe: (content: Content) => void;
  /** Called if the other end violates the transport protocol. The callback sends the final message and closes. */
  onviolation: (code: number, message: string) => void;
  /** Called after queued data was taken. */
  ondrain: () => void;
  /** Called exactly once; no frame arrives afterwards. */
  onclose: (code: number, reason: string) => void;
}
