import { Deque } from './deque.ts';

/** What takes scheduler. */
export interface Task {
  /** Whether it has something to do, and may do it now. */
  readonly ready: boolean;
  /** Does a part of it; never rejects. */
  work(): Promise<void>;
}

/** Gives those who have something to do their turn, one after the other, so many at once. */
export class Scheduler {
  readonly #waiting = new Deque<Task>();
  readonly #scheduled = new WeakSet<Task>();
  #free: number;
  #working = 0;
  #waking = false;
  #paused = false;
  #idle: (() => void)[] = [];

  constructor(atOnce: number) {
    this.#free = atOnce;
  }

  /** Scheduler that are being taken. */
  get working(): number {
    return this.#working;
  }

  /** Waits for a turn, if there is something to do. */
  schedule(taker: Task): void {
    if (!taker.ready || this.#scheduled.has(taker)) return;
    this.#scheduled.add(taker);
    this.#waiting.push(taker);
    this.#wake();
  }

  /** Gives no scheduler for a while. */
  pause(): void {
    this.#paused = true;
  }

  /** Gives scheduler again. */
  resume(): void {
    this.#paused = false;
    this.#wake();
  }

  /** Resolves when nobody has a turn or waits for one. */
  idle(): Promise<void> {
    return new Promise((resolve) => {
      this.#idle.push(resolve);
      this.#wake();
    });
  }

  /** Not at once: what comes together, such as events in one read from the socket, is to be done together. */
  #wake(): void {
    if (this.#waking) return;
    this.#waking = true;
    queueMicrotask(() => {
      this.#waking = false;
      this.#give();
    });
  }

  #give(): void {
    while (this.#free > 0 && !this.#paused) {
      const taker = this.#waiting.shift();
      if (!taker) break;
      this.#scheduled.delete(taker);
      if (taker.ready) this.#take(taker);
    }
    if (this.#working === 0 && this.#waiting.length === 0) for (const resolve of this.#idle.splice(0)) resolve();
  }

  #take(taker: Task): void {
    this.#free -= 1;
    this.#working += 1;
    const done = () => {
      this.#free += 1;
      this.#working -= 1;
      this.schedule(taker);
      this.#wake();
    };
    // It rejects only by a defect, which then ends the process.
    void taker.work().then(done);
    // It may do several things at once.
    this.schedule(taker);
  }
}
