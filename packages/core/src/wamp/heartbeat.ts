/** Times of a {@link Heartbeat}, in milliseconds. */
export interface HeartbeatTimes {
  /** Between a pong and the next ping; 0 for no pings. */
  readonly auto_ping_interval: number;
  /** That may pass after a ping without a sign of life. */
  readonly auto_ping_timeout: number;
}

/** What a {@link Heartbeat} does to a connection. */
export interface Pulse {
  /** Asks the other end for a pong. */
  ping(): void;
  /** Shows life without asking for an answer. */
  pong(): void;
  /** A number that changes whenever the other end shows life. */
  progress(): number;
  /** The other end is gone. */
  dead(reason: string): void;
}

/**
 * Probes a connection with pings, and gives it up when nothing comes after one: the pong may be behind a lot else. While nothing is read no pong can be seen; then it shows the
 * other end that this one lives, which cannot see its own pings answered either.
 */
export class Heartbeat {
  readonly #times: HeartbeatTimes;
  readonly #pulse: Pulse;
  #timer: NodeJS.Timeout | undefined;
  #paused = false;

  constructor(times: HeartbeatTimes, pulse: Pulse) {
    this.#times = times;
    this.#pulse = pulse;
    this.#rest();
  }

  /** A pong has come. */
  answered(): void {
    if (!this.#paused) this.#rest();
  }

  /** From now on nothing is read. */
  pause(): void {
    if (this.#paused) return;
    this.#paused = true;
    this.#rest();
  }

  /** What comes is read again. */
  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#rest();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #rest(): void {
    const { auto_ping_interval: interval } = this.#times;
    clearTimeout(this.#timer);
    if (interval > 0) this.#timer = setTimeout(() => this.#beat(), interval);
  }

  #beat(): void {
    if (this.#paused) {
      this.#pulse.pong();
      this.#rest();
    } else this.#probe();
  }

  #probe(): void {
    const { auto_ping_timeout: timeout } = this.#times;
    const seen = this.#pulse.progress();
    this.#pulse.ping();
    this.#timer = setTimeout(() => {
      if (this.#pulse.progress() === seen) this.#pulse.dead(`no pong within ${timeout} ms`);
      else this.#rest();
    }, timeout);
  }
}
