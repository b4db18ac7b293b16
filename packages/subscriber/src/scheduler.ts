import { Deque } from './deque.ts';

/** Something that is done part by part. */
export interface Task {
  /** Whether a part of it can be done now. */
  readonly ready: boolean;
  /** Does a part of it. */
  run(): Promise<void>;
  /** A part of it has failed in a way that it did not expect. */
  failed(error: unknown): void;
}

/** Runs the tasks that are ready in turn, so many at a time. */
export class Scheduler {
  readonly #waiting = new Deque<Task>();
  readonly #scheduled = new WeakSet<Task>();
  #free: number;
  #running = 0;
  #waking = false;
  #paused = false;
  #idle: (() => void)[] = [];

  /** @param concurrency how many may run at a time. */
  constructor(concurrency: number) {
    this.#free = concurrency;
  }

  /** Parts of tasks that are running. */
  get running(): number {
    return this.#running;
  }

  /** Has a task wait for its turn, if it is ready. */
  schedule(task: Task): void {
    if (!task.ready || this.#scheduled.has(task)) return;
    this.#scheduled.add(task);
    this.#waiting.push(task);
    this.#wake();
  }

  /** Begins nothing for a while. */
  pause(): void {
    this.#paused = true;
  }

  /** Begins again. */
  resume(): void {
    this.#paused = false;
    this.#wake();
  }

  /** Resolves when no task runs or waits. */
  idle(): Promise<void> {
    return new Promise((resolve) => {
      this.#idle.push(resolve);
      this.#wake();
    });
  }

  /** After the current turn: what comes together, for example events in one read from the socket, is to be done together. */
  #wake(): void {
    if (this.#waking) return;
    this.#waking = true;
    queueMicrotask(() => {
      this.#waking = false;
      this.#begin();
    });
  }

  #begin(): void {
    while (this.#free > 0 && !this.#paused) {
      const task = this.#waiting.shift();
      if (!task) break;
      this.#scheduled.delete(task);
      if (task.ready) this.#run(task);
    }
    if (this.#running === 0 && this.#waiting.length === 0) for (const resolve of this.#idle.splice(0)) resolve();
  }

  #run(task: Task): void {
    this.#free -= 1;
    this.#running += 1;
    const done = () => {
      this.#free += 1;
      this.#running -= 1;
      this.schedule(task);
      this.#wake();
    };
    task.run().then(done, (error: unknown) => {
      task.failed(error);
      done();
    });
    // Several parts of it may run at the same time.
    this.schedule(task);
  }
}
