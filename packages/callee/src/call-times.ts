import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';
import type { Endpoint } from '@pgwamp/core/internal/functions';

/** Recent call times of one procedure. */
export interface ProcedureTimes {
  readonly uri: string;
  readonly match: Endpoint['match'];
  /** Number of calls that were answered in the last 30 to 60 seconds, including those answered with an error. */
  readonly calls: number;
  readonly callsPerSecond: number;
  /**
   * The median time in milliseconds from the arrival of a call at the Callee to its answer, with an accuracy of 5 %.
   */
  readonly p50: number;
  /** The 99th percentile, measured like `p50`. */
  readonly p99: number;
}

/** Milliseconds of a measuring period. The reported values cover the current period and the previous one. */
const period = 30_000;

/** Maximum number of procedures to measure in a period. Each takes about 5 kB. */
const limit = 1000;

/** The range is up to one hour in microseconds. Values that differ by less than 5 % are not distinguished. */
const longest = 3_600_000_000;
const scale = { lowest: 1, highest: longest, figures: 1 } as const;

interface Measured {
  readonly endpoint: Endpoint;
  readonly histogram: RecordableHistogram;
}

/** Measures call times by procedure. */
export class CallTimes {
  readonly #now: () => number;
  #begun: number;
  #formerBegun: number;
  #present = new Map<string, Measured>();
  #former = new Map<string, Measured>();

  /** @param now a monotonic clock in milliseconds. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
    this.#begun = now();
    this.#formerBegun = this.#begun;
  }

  /** @param milliseconds duration of a call. */
  add(endpoint: Endpoint, milliseconds: number): void {
    this.#turn();
    let measured = this.#present.get(endpoint.id);
    if (!measured) {
      if (this.#present.size >= limit) return;
      measured = { endpoint, histogram: createHistogram(scale) };
      this.#present.set(endpoint.id, measured);
    }
    measured.histogram.record(Math.min(longest, Math.max(1, Math.round(milliseconds * 1000))));
  }

  /** The call times of recently called procedures. */
  get all(): readonly ProcedureTimes[] {
    this.#turn();
    const seconds = Math.max(1, (this.#now() - this.#formerBegun) / 1000);
    const ids = new Set([...this.#present.keys(), ...this.#former.keys()]);
    return [...ids].map((id) => {
      const [present, former] = [this.#present.get(id), this.#former.get(id)];
      const { endpoint } = (present ?? former) as Measured;
      const histogram = createHistogram(scale);
      for (const part of [present, former]) if (part) histogram.add(part.histogram);
      const { count } = histogram;
      return {
        uri: endpoint.uri,
        match: endpoint.match,
        calls: count,
        callsPerSecond: count / seconds,
        p50: histogram.percentile(50) / 1000,
        p99: histogram.percentile(99) / 1000,
      };
    });
  }

  #turn(): void {
    const age = this.#now() - this.#begun;
    if (age < period) return;
    const isNext = age < 2 * period;
    this.#former = isNext ? this.#present : new Map();
    this.#formerBegun = isNext ? this.#begun : this.#now();
    this.#present = new Map();
    this.#begun = this.#now();
  }
}
