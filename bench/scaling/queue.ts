/** The outcome of the messages that arrived at a process within the observed time. */
export interface Served {
  /** When each message was done, in the order of arrival; those that were done too late are left out. */
  readonly departures: Float64Array;
  /** Messages that wait at the end, the one that is being served included. */
  readonly waiting: number;
  /** The time that all arrivals take, of the time that there is: from 1 on, the queue grows without bound. */
  readonly load: number;
}

/**
 * One process, which serves messages one after the other in the order of their arrival.
 *
 * @param arrivals when they come, in seconds, in order.
 * @param service how long one takes, in seconds.
 * @param end when looking ends.
 */
export function serve(arrivals: Float64Array, service: () => number, end: number): Served {
  const departures = new Float64Array(arrivals.length);
  let free = 0;
  let work = 0;
  let done = 0;
  for (const arrival of arrivals) {
    const needed = service();
    work += needed;
    free = Math.max(free, arrival) + needed;
    if (free <= end) departures[done++] = free;
  }
  return { departures: departures.subarray(0, done), waiting: arrivals.length - done, load: work / end };
}
