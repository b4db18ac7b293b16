/**
 * The base class of the protocol's errors. The `code` of an error stays the same when its message changes.
 *
 * @example
 * ```ts
 * try {
 *   readMessage(json, '{}', 32);
 * } catch (error) {
 *   if (error instanceof ProtocolError) console.error(error.code); // PGWAMP_PROTOCOL_VIOLATION
 * }
 * ```
 */
export abstract class ProtocolError extends Error {
  /** Stable name of the error, `PGWAMP_…`. */
  abstract readonly code: string;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/**
 * A peer broke the protocol: its session ends with ABORT `wamp.error.protocol_violation`.
 *
 * @remarks Fix the peer.
 * @see https://wamp-proto.org/wamp_latest_ietf.html#protocol_errors
 */
export class ProtocolViolation extends ProtocolError {
  readonly code = 'PGWAMP_PROTOCOL_VIOLATION';
}
