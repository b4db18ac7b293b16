import type { Content } from '../serializer/serializer.ts';
import type { Frame } from './frame.ts';

/** The router's end of a connection. It carries whole frames, in order, and knows nothing of what they mean. */
export interface Transport {
  /** `websocket`, `rawsocket`, `memory`. */
  readonly kind: string;
  /** The other end's address, for people. */
  readonly peer: string;
  /** Bytes accepted by {@link send} that the other end, or the operating system, has not yet taken. */
  readonly bufferedAmount: number;
  /** Queues one frame; does nothing once the transport is closing. */
  send(frame: Frame): void;
  /** Closes in order: what was sent before still arrives. The codes are WebSocket's. */
  close(code: number, reason: string): void;
  /** Closes at once and lets go of everything queued. */
  terminate(code: number, reason: string): void;
  /** Stops reading: the other end's frames wait where they are. */
  pause(): void;
  resume(): void;
  onframe: (content: Content) => void;
  /** What was queued has been taken. */
  ondrain: () => void;
  /** Exactly once; no frame arrives afterwards. */
  onclose: (code: number, reason: string) => void;
}

/**
 * WebSocket close codes, used by all transports.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6455#section-7.4.1
 */
export const CloseCode = {
  NORMAL: 1000,
  GOING_AWAY: 1001,
  PROTOCOL_ERROR: 1002,
  UNSUPPORTED_DATA: 1003,
  ABNORMAL: 1006,
  INVALID_PAYLOAD: 1007,
  POLICY_VIOLATION: 1008,
  MESSAGE_TOO_BIG: 1009,
} as const;
