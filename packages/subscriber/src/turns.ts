import { Deque } from './deque.ts';

/** What takes turns. */
export interface TurnTaker {
  /** Whether it has something to do, and may do it now. */
  readonly ready: boolean;
  /** Does a part of it; never rejects. */
  work(): Promise<void>;
}

/** Gives those who have something to do their turn, one after the other, so many at once. */
export class Turns {
  readonly #waiting = new Deque<TurnTaker>();
  readonly #asked = new WeakSet<TurnTaker>();
  #free: number;
  #working = 0;
  #scheduled = false;
  #held = false;
  #idle: (() => void)[] = [];

  constructor(atOnce: number) {
    this.#free = atOnce;
  }

  /** Turns that are being taken. */
  get working(): number {
    return this.#working;
  }

  /** Waits for a turn, if there is something to do. */
  ask(taker: TurnTaker): void {
    if (!taker.ready || this.#asked.has(taker)) return;
    this.#asked.add(taker);
    this.#waiting.push(taker);
    this.#schedule();
  }

  /** Gives no turns for a while. */
  hold(): void {
    this.#held = true;
  }

  /** Gives turns again. */
  resume(): void {
    this.#held = false;
    this.#schedule();
  }

  /** Resolves when nobody has a turn or waits for one. */
  idle(): Promise<void> {
    return new Promise((resolve) => {
      this.#idle.push(resolve);
      this.#schedule();
    });
  }

  /** Not at once: what comes together, such as events in one read from the socket, is to be done together. */
  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      this.#give();
    });
  }

  #give(): void {
    while (this.#free > 0 && !this.#held) {
      const taker = this.#waiting.shift();
      if (!taker) break;
      this.#asked.delete(taker);
      if (taker.ready) this.#take(taker);
    }
    if (this.#working === 0 && this.#waiting.length === 0) for (const resolve of this.#idle.splice(0)) resolve();
  }

  #take(taker: TurnTaker): void {
    this.#free -= 1;
    this.#working += 1;
    const done = () => {
      this.#free += 1;
      this.#working -= 1;
      this.ask(taker);
      this.#schedule();
    };
    taker.work().then(done);
    // It may do several things at once.
    this.ask(taker);
  }
}
