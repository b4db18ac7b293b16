import { Deque } from './deque.ts';

/** A task that runs in parts. */
export interface Task {
  /** Whether a part of it can run now. */
  readonly ready: boolean;
  /** Runs one part. */
  run(): Promise<void>;
  /** Called when a part has failed with an unexpected error. */
  failed(error: unknown): void;
}

/** Runs tasks that are ready in turn, with limited concurrency. */
export class Scheduler {
  readonly #waiting = new Deque<Task>();
  readonly #scheduled = new WeakSet<Task>();
  #free: number;
  #running = 0;
  #waking = false;
  #paused = false;
  #idle: (() => void)[] = [];

  /** @param concurrency maximum number of concurrent parts. */
  constructor(concurrency: number) {
    this.#free = concurrency;
  }

  /** Number of running parts. */
  get running(): number {
    return this.#running;
  }

  /** Queues a task if it is ready. */
  schedule(task: Task): void {
    if (!task.ready || this.#scheduled.has(task)) return;
    this.#scheduled.add(task);
    this.#waiting.push(task);
    this.#wake();
  }

  /** Starts no more parts until {@link resume}. */
  pause(): void {
    this.#paused = true;
  }

  /** Starts parts again. */
  resume(): void {
    this.#paused = false;
    this.#wake();
  }

  /** Resolves when no task is running or queued. */
  idle(): Promise<void> {
    return new Promise((resolve) => {
      this.#idle.push(resolve);
      this.#wake();
    });
  }

  /**
   * Starts parts after the current turn, because items that arrive together, such as the events of one read from the
   * socket, should be handled together.
   */
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
    // Several parts of a task may run concurrently.
    this.schedule(task);
  }
}
