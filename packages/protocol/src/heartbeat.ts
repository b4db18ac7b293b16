import type { Socket } from 'node:net';

/** When an idle connection is asked whether it still lives. Both in milliseconds. */
export interface HeartbeatTimes {
  /** Silence after which a ping is sent; 0 turns pings off. */
  readonly pingInterval: number;
  /** How long the answer may take. */
  readonly pingTimeout: number;
}

/** The connection that a {@link Heartbeat} watches. */
export interface HeartbeatTarget {
  /** A number that changes whenever the other end shows life. */
  progress(): number;
  ping(): void;
  /** The other end has shown no life in time. */
  dead(): void;
}

/**
 * The number by which a socket shows that its other end lives. While this end reads nothing, no answer can be seen: then
 * it is a sign of life that what is written gets taken.
 */
export function progressOf(socket: Socket, isPaused: boolean): number {
  return socket.bytesRead + (isPaused ? socket.bytesWritten - socket.writableLength : 0);
}

/** Finds connections whose other end is gone without closing them: a ping on silence, and a deadline for the answer. */
export class Heartbeat {
  readonly #target: HeartbeatTarget;
  readonly #times: HeartbeatTimes;
  #seen: number;
  #timer: NodeJS.Timeout | undefined;

  constructor(target: HeartbeatTarget, times: HeartbeatTimes) {
    this.#target = target;
    this.#times = times;
    this.#seen = target.progress();
    this.#rest();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #rest(): void {
    if (this.#times.pingInterval === 0) return;
    this.#timer = setTimeout(() => this.#listen(), this.#times.pingInterval).unref();
  }

  #listen(): void {
    if (this.#hasMoved()) {
      this.#rest();
      return;
    }
    this.#target.ping();
    this.#timer = setTimeout(() => this.#judge(), this.#times.pingTimeout).unref();
  }

  #judge(): void {
    if (this.#hasMoved()) this.#rest();
    else this.#target.dead();
  }

  #hasMoved(): boolean {
    const progress = this.#target.progress();
    const moved = progress !== this.#seen;
    this.#seen = progress;
    return moved;
  }
}
