/** Times of a {@link Heartbeat}, in milliseconds. */
export interface HeartbeatTimes {
  /** Between a pong and the next ping; 0 for no pings. */
  readonly auto_ping_interval: number;
  /** That a pong may take. */
  readonly auto_ping_timeout: number;
}

/** Probes a connection with pings, and gives it up when one is not answered. */
export class Heartbeat {
  readonly #times: HeartbeatTimes;
  readonly #ping: () => void;
  readonly #dead: (reason: string) => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(times: HeartbeatTimes, ping: () => void, dead: (reason: string) => void) {
    this.#times = times;
    this.#ping = ping;
    this.#dead = dead;
    this.answered();
  }

  /** A pong has come. */
  answered(): void {
    const { auto_ping_interval: interval } = this.#times;
    clearTimeout(this.#timer);
    if (interval > 0) this.#timer = setTimeout(() => this.#probe(), interval);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #probe(): void {
    const { auto_ping_timeout: timeout } = this.#times;
    this.#ping();
    this.#timer = setTimeout(() => this.#dead(`no pong within ${timeout} ms`), timeout);
  }
}
