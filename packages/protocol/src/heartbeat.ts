/** When an idle connection is asked whether it still lives. Both in milliseconds. */
export interface HeartbeatTimes {
  /** Silence after which a ping is sent; 0 turns pings off. */
  readonly pingInterval: number;
  /** How long the answer may take. */
  readonly pingTimeout: number;
}

/** What a {@link Heartbeat} listens to. */
export interface Pulse {
  /** A number that changes whenever the other end shows life. */
  progress(): number;
  ping(): void;
  dead(): void;
}

/** Finds connections whose other end is gone without a word: ping on silence, and a deadline for the answer. */
export class Heartbeat {
  readonly #pulse: Pulse;
  readonly #times: HeartbeatTimes;
  #seen: number;
  #timer: NodeJS.Timeout | undefined;

  constructor(pulse: Pulse, times: HeartbeatTimes) {
    this.#pulse = pulse;
    this.#times = times;
    this.#seen = pulse.progress();
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
    this.#pulse.ping();
    this.#timer = setTimeout(() => this.#judge(), this.#times.pingTimeout).unref();
  }

  #judge(): void {
    if (this.#hasMoved()) this.#rest();
    else this.#pulse.dead();
  }

  #hasMoved(): boolean {
    const progress = this.#pulse.progress();
    const moved = progress !== this.#seen;
    this.#seen = progress;
    return moved;
  }
}
