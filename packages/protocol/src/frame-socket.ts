/**
 * The client's end of a connection to a router, which carries whole WAMP messages: as JSON text, unless another
 * serializer was agreed on.
 *
 * Frames are delivered in order, asynchronously and never re-entrantly: no handler runs inside {@link send}.
 */
export interface FrameSocket<Frame = string> {
  /** Sends one frame; throws once either end has closed the connection. */
  send(frame: Frame): void;
  /** Closes the connection; frames sent before still arrive. Does nothing if it is closed. */
  close(code?: number, reason?: string): void;
  /**
   * Calls {@link onframe} no more until {@link resume}. What the router sends meanwhile waits, up to
   * `limits.maxBufferedBytes` of the router, which cuts off a client that lets more pile up.
   */
  pause(): void;
  /** Goes on with what was held back, in its order. {@link close} does so as well. */
  resume(): void;
  /** Characters accepted by {@link send} and not yet taken by the router, which is bytes as long as they are ASCII. */
  readonly bufferedAmount: number;
  onframe: (frame: Frame) => void;
  /** Called exactly once, after the last frame. */
  onclose: (code: number, reason: string) => void;
  /** Called whenever {@link bufferedAmount} has fallen to zero. */
  onwritable: () => void;
}
