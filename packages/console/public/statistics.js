/** The time span of the console in seconds. */
export const SECONDS = 60;

/** Limit of latencies kept per second; beyond it a random sample, so that a burst costs no memory. */
const SAMPLES = 250;

/** The number of seconds used for the present rate. */
const RATE_SECONDS = 3;

/**
 * @typedef {{ second: number, count: number, measured: number, latencies: number[] }} Bucket
 * @typedef {{ count: number, p50: number | undefined, p95: number | undefined }} Second
 */

/**
 * @param {number[]} sorted
 * @param {number} share
 * @returns {number | undefined} the nearest-rank percentile
 */
function percentile(sorted, share) {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)];
}

/** @param {number[]} latencies */
function percentiles(latencies) {
  const sorted = latencies.toSorted((a, b) => a - b);
  return { p50: percentile(sorted, 0.5), p95: percentile(sorted, 0.95) };
}

/** Counts events and their latencies per second, in a ring buffer. */
export class Statistics {
  total = 0;
  /** The start of the latencies: the commit in the log as soon as one is known, since it is exact; never both. */
  since = /** @type {'published_at' | 'commit'} */ ('published_at');
  #started;
  /** One more than shown: the current second. @type {Bucket[]} */
  #ring;

  /** @param {number} now  ms since 1970, like every time here */
  constructor(now) {
    this.#started = Math.floor(now / 1000);
    this.#ring = Array.from({ length: SECONDS + 1 }, () => ({ second: -1, count: 0, measured: 0, latencies: [] }));
  }

  /**
   * @param {number} now
   * @param {number} [latency] ms, if the event tells when it was published
   */
  add(now, latency) {
    this.total++;
    const bucket = this.#bucket(Math.floor(now / 1000));
    bucket.count++;
    if (latency !== undefined) this.measure(now, latency, 'published_at');
  }

  /**
   * @param {number} at when the event has arrived
   * @param {number} latency ms
   * @param {'published_at' | 'commit'} since the start of the latency
   */
  measure(at, latency, since) {
    if (since !== this.since) {
      if (since === 'published_at') return;
      this.since = since;
      for (const bucket of this.#ring) Object.assign(bucket, { measured: 0, latencies: [] });
    }
    const bucket = this.#bucket(Math.floor(at / 1000));
    const place = bucket.measured++ < SAMPLES ? bucket.latencies.length : Math.floor(Math.random() * bucket.measured);
    if (place < SAMPLES) bucket.latencies[place] = latency;
  }

  /**
   * Events per second over the last complete seconds.
   *
   * @param {number} now
   */
  rate(now) {
    const seconds = Math.max(1, Math.min(RATE_SECONDS, Math.floor(now / 1000) - this.#started));
    const counts = this.#complete(now).slice(-seconds);
    return counts.reduce((sum, bucket) => sum + bucket.count, 0) / seconds;
  }

  /**
   * The percentiles of the whole time shown; a second with more events than its sample counts as its sample.
   *
   * @param {number} now
   */
  latency(now) {
    return percentiles(this.#complete(now, SECONDS, 0).flatMap((bucket) => bucket.latencies));
  }

  /**
   * The last {@link SECONDS} complete seconds, oldest first.
   *
   * @param {number} now
   * @returns {Second[]}
   */
  seconds(now) {
    return this.#complete(now).map(({ count, latencies }) => ({ count, ...percentiles(latencies) }));
  }

  /**
   * @param {number} now
   * @param {number} [from] seconds ago
   * @param {number} [to] seconds ago; 0 is the running second
   * @returns {Bucket[]}
   */
  #complete(now, from = SECONDS, to = 1) {
    const present = Math.floor(now / 1000);
    const buckets = [];
    for (let ago = from; ago >= to; ago--) buckets.push(this.#read(present - ago));
    return buckets;
  }

  /**
   * @param {number} second
   * @returns {Bucket}
   */
  #read(second) {
    const bucket = /** @type {Bucket} */ (this.#ring[second % this.#ring.length]);
    return bucket.second === second ? bucket : { second, count: 0, measured: 0, latencies: [] };
  }

  /**
   * @param {number} second
   * @returns {Bucket}
   */
  #bucket(second) {
    const bucket = this.#read(second);
    this.#ring[second % this.#ring.length] = bucket;
    return bucket;
  }
}
