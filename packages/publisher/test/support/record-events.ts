import { subscribe } from '@pgwamp/harness/fixtures/subscribe';
import type { Router } from '@pgwamp/router';

/** Records the first positional argument of every event of some topics, in the order in which they come. */
export async function recordEvents(router: Router, ...topics: string[]): Promise<unknown[]> {
  const events: unknown[] = [];
  await subscribe(router, { topics }, (_topic, [first]) => events.push(first));
  return events;
}

/** The same without repeats. */
export function distinct(events: readonly unknown[]): unknown[] {
  return [...new Set(events)];
}
