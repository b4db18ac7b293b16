import type { ConsoleState } from './source.ts';

/** Interval in milliseconds between two samples, and the limit of samples: one hour. */
const interval = 5000;
const limit = 720;

/** The total work of components up to a moment. Counters restart at zero with the component. */
export interface Sample {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly published: number;
  readonly handled: number;
  readonly called: number;
  readonly failed: number;
  /** Bytes of the log that Publishers have not confirmed. */
  readonly lag: number;
}

/** The last hour of a node, for charts. It needs no database. */
export class StateHistory implements Disposable {
  readonly #read: () => Promise<ConsoleState>;
  readonly #timer: NodeJS.Timeout;
  #samples: Sample[] = [];

  /** @param read returns the present state. */
  constructor(read: () => Promise<ConsoleState>) {
    this.#read = read;
    this.#timer = setInterval(() => void this.#take(), interval);
    this.#timer.unref();
  }

  /** Oldest first. */
  get samples(): readonly Sample[] {
    return this.#samples;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  async #take(): Promise<void> {
    // A moment without an answer has no sample; the page shows the gap.
    const state = await this.#read().catch(() => undefined);
    if (state) this.#samples.push(sampleOf(state));
    this.#samples = this.#samples.slice(-limit);
  }
}

/** Adds up the counters of all components. */
function sampleOf({ workers }: ConsoleState): Sample {
  const statuses = workers.flatMap(({ components = [] }) => components.map(({ status }) => status));
  const sum = (...paths: string[]) =>
    statuses.reduce((total, status) => total + paths.reduce((some, path) => some + numberAt(status, path), 0), 0);
  return {
    at: Date.now(),
    published: sum('published'),
    handled: sum('events'),
    called: sum('calls', 'async.calls'),
    failed: sum('failed', 'refused', 'async.failed'),
    lag: sum('lag.bytes'),
  };
}

function numberAt(status: Readonly<Record<string, unknown>>, path: string): number {
  const value = path
    .split('.')
    .reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], status);
  return typeof value === 'number' ? value : 0;
}
