interface Timer {
  due: number;
  readonly delay: number;
  readonly act: () => void;
  unref(): Timer;
  ref(): Timer;
  refresh(): Timer;
}

/** Replaces setTimeout() by a clock that the test advances; mocked timers of Node.js cannot be refreshed. */
export class FakeClock implements Disposable {
  readonly #setTimeout = globalThis.setTimeout;
  readonly #clearTimeout = globalThis.clearTimeout;
  // In the order in which they were set; those that are due at the same time are due in that order.
  readonly #timers = new Set<Timer>();
  #now = 0;

  constructor() {
    const set = (act: (...values: unknown[]) => void, delay = 0, ...values: unknown[]) =>
      this.#set(() => act(...values), delay);
    globalThis.setTimeout = set as unknown as typeof setTimeout;
    globalThis.clearTimeout = ((timer: unknown) => this.#timers.delete(timer as Timer)) as typeof clearTimeout;
  }

  get now(): number {
    return this.#now;
  }

  /** Advances by `ms` milliseconds, and runs the timers that become due. */
  pass(ms: number): void {
    const end = this.#now + ms;
    for (let timer = this.#nextUntil(end); timer !== undefined; timer = this.#nextUntil(end)) {
      this.#timers.delete(timer);
      this.#now = timer.due;
      timer.act();
    }
    this.#now = end;
  }

  [Symbol.dispose](): void {
    globalThis.setTimeout = this.#setTimeout;
    globalThis.clearTimeout = this.#clearTimeout;
  }

  #nextUntil(end: number): Timer | undefined {
    const [first] = [...this.#timers].sort((one, other) => one.due - other.due);
    return first !== undefined && first.due <= end ? first : undefined;
  }

  #set(act: () => void, delay: number): Timer {
    const timer: Timer = {
      due: this.#now + delay,
      delay,
      act,
      unref: () => timer,
      ref: () => timer,
      refresh: () => {
        if (this.#timers.delete(timer)) this.#schedule(timer);
        return timer;
      },
    };
    this.#timers.add(timer);
    return timer;
  }

  #schedule(timer: Timer): void {
    timer.due = this.#now + timer.delay;
    this.#timers.add(timer);
  }
}
