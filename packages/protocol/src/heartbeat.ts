import type { Socket } from 'node:net';

/** Intervals for checking whether an idle connection is alive, in milliseconds. */
export interface HeartbeatTimes {
  /** Idle time after which a ping is sent. 0 disables pings. */
  readonly pingInterval: number;
  /** Time limit of the answer. */
  readonly pingTimeout: number;
}

/** The connection that a {@link Heartbeat} monitors. */
export interface HeartbeatTarget {
  /** A number that changes with each sign of life of the other end. */
  progress(): number;
  ping(): void;
  /** Called when the other end has shown no sign of life in time. */
  dead(): void;
}

/**
 * A number that changes with each sign of life of the other end of a socket. While this end reads nothing, it cannot
 * see an answer. Then written bytes that leave the socket count as a sign of life.
 */
export function progressOf(socket: Socket, isPaused: boolean): number {
  return socket.bytesRead + (isPaused ? socket.bytesWritten - socket.writableLength : 0);
}

/**
 * Looks at a connection in one interval. With a single look, a connection that dies just after one would seem alive at the next, and be
 * pinged only after two intervals: a router would keep the registrations of a dead session for that long.
 */
const looksPerInterval = 4;

/**
 * Detects connections whose other end has vanished without closing them: it pings an idle connection, and waits a
 * limited time for the answer.
 */
export class Heartbeat {
  readonly #target: HeartbeatTarget;
  readonly #times: HeartbeatTimes;
  #seen: number;
  /** Looks since the other end has shown life. */
  #silentLooks = 0;
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
    this.#timer = setTimeout(() => this.#look(), this.#times.pingInterval / looksPerInterval).unref();
  }

  #look(): void {
    this.#silentLooks = this.#hasMoved() ? 0 : this.#silentLooks + 1;
    if (this.#silentLooks < looksPerInterval) {
      this.#rest();
      return;
    }
    this.#silentLooks = 0;
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
