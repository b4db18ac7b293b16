import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';
import type { Endpoint } from '@pgwamp/core/internal/functions';

/** How long calls of one procedure have taken lately. */
export interface ProcedureTimes {
  readonly uri: string;
  readonly match: Endpoint['match'];
  /** Calls that were answered in the last 30 to 60 seconds, also those that were answered with an error. */
  readonly calls: number;
  readonly callsPerSecond: number;
  /** Milliseconds from the call's arrival at the Callee to its answer, within 5 %: half of the calls took no longer. */
  readonly p50: number;
  /** As `p50`: 99 % of the calls took no longer. */
  readonly p99: number;
}

/** Milliseconds of a period; what is told is of the present one and of the one before. */
const period = 30_000;

/** Procedures that are measured in a period, each of which takes about 5 kB. */
const limit = 1000;

/** Microseconds, up to an hour. Two calls that differ by less than 5 % are not told apart. */
const longest = 3_600_000_000;
const scale = { lowest: 1, highest: longest, figures: 1 } as const;

interface Measured {
  readonly endpoint: Endpoint;
  readonly histogram: RecordableHistogram;
}

/** Measures how long calls take, by procedure. */
export class CallTimes {
  readonly #now: () => number;
  #begun: number;
  #formerBegun: number;
  #present = new Map<string, Measured>();
  #former = new Map<string, Measured>();

  /** @param now milliseconds of a clock that never goes back. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
    this.#begun = now();
    this.#formerBegun = this.#begun;
  }

  /** @param milliseconds how long a call of the endpoint has taken. */
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

  /** Of the procedures that were called lately. */
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
