import type { ConsoleState } from './source.ts';

/** When something has changed, as the console has seen it: within five seconds. */
export interface StateTimes {
  /** Milliseconds since 1970, since when it is in its state; or when it was first seen, in which case it may be longer. */
  readonly since: number;
  readonly isFirst: boolean;
  /** When its counters have last grown; undefined if they have not. */
  readonly workedAt?: number;
}

interface Seen extends StateTimes {
  readonly state: string;
  readonly work: number;
}

/** Counters of components that grow with what passes through them. */
const counters = ['published', 'calls', 'events', 'messages'] as const;

/** Remembers since when workers and components are in their states, which they do not tell themselves. */
export class StateMemory {
  #seen = new Map<string, Seen>();

  /** Takes a state, and tells the times of each worker, and of each component by `worker/component`. */
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
