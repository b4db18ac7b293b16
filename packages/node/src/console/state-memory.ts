import type { ConsoleState } from './source.ts';

/** The time of a change, as the console has observed it, with a precision of five seconds. */
export interface StateTimes {
  /**
   * The start of the present state, in milliseconds since 1970. If it is the first observed state, it may have started
   * earlier.
   */
  readonly since: number;
  readonly isFirst: boolean;
  /** The time of the last increase of its counters; undefined if they have not increased. */
  readonly workedAt?: number;
}

interface Seen extends StateTimes {
  readonly state: string;
  readonly work: number;
}

/** Counters of components that increase with their work. */
const counters = ['published', 'calls', 'events', 'messages'] as const;

/** Remembers since when workers and components have been in their states, which they do not report. */
export class StateMemory {
  #seen = new Map<string, Seen>();

  /** Takes a state, and returns the times of each worker, and of each component by `worker/component`. */
  take({ workers }: ConsoleState, now = Date.now()): Readonly<Record<string, StateTimes>> {
    const present = workers.flatMap(({ id, state, components = [] }) => [
      { key: id, state, work: 0 },
      ...components.map((it) => ({ key: `${id}/${it.id}`, state: it.state, work: workOf(it.status) })),
    ]);
    this.#seen = new Map(present.map(({ key, state, work }) => [key, next(this.#seen.get(key), state, work, now)]));
    return Object.fromEntries(
      [...this.#seen].map(([key, { since, isFirst, workedAt }]) => [
        key,
        { since, isFirst, ...(workedAt !== undefined && { workedAt }) },
      ]),
    );
  }
}

function next(seen: Seen | undefined, state: string, work: number, now: number): Seen {
  if (!seen) return { state, work, since: now, isFirst: true };
  const workedAt = work > seen.work ? now : seen.workedAt;
  const times = state === seen.state ? seen : { since: now, isFirst: false };
  return { state, work, since: times.since, isFirst: times.isFirst, ...(workedAt !== undefined && { workedAt }) };
}

function workOf(status: Readonly<Record<string, unknown>>): number {
  return counters.reduce((sum, name) => sum + (typeof status[name] === 'number' ? (status[name] as number) : 0), 0);
}
