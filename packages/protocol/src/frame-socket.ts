/**
 * The client's end of a connection to a router. It carries whole WAMP messages, as JSON text unless client and router
 * agreed on another serializer.
 *
 * Frames are delivered in order and asynchronously: {@link send} never calls a handler.
 */
export interface FrameSocket<Frame = string> {
  /** Sends one frame. Throws after either end has closed the connection. */
  send(frame: Frame): void;
  /** Closes the connection. Frames sent before still arrive. Does nothing if the connection is closed. */
  close(code?: number, reason?: string): void;
  /**
   * Stops calls of {@link onframe} until {@link resume}. The router buffers its frames meanwhile, up to its limit
   * `limits.maxBufferedBytes`. It disconnects a client that exceeds this limit.
   */
  pause(): void;
  /** Delivers the buffered frames in order, then continues as usual. {@link close} also resumes. */
  resume(): void;
  /**
   * Number of characters that {@link send} has accepted and the router has not yet received. For ASCII, this equals
   * bytes.
   */
  readonly bufferedAmount: number;
  onframe: (frame: Frame) => void;
  /** Called exactly once, after the last frame. */
  onclose: (code: number, reason: string) => void;
  /** Called each time {@link bufferedAmount} falls to zero. */
  onwritable: () => void;
}
