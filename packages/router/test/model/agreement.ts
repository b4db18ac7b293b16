import type { Bindings } from './bindings.ts';
import type { Expected, Message } from './client-model.ts';

/** Takes out of `expected` what a message may be. */
function takeMatch(expected: Expected[], actual: Message, ids: Bindings): boolean {
  const index = expected.findIndex(({ message }) => ids.accept(message, actual));
  if (index >= 0) expected.splice(index, 1);
  return index >= 0;
}

/** The number of first messages that may come in any order. */
function lengthOfGroup(expected: readonly Expected[]): number {
  const group = expected[0]?.group;
  if (group === undefined) return 1;
  const end = expected.findIndex((other) => other.group !== group);
  return end < 0 ? expected.length : end;
}

/** Whether a client has received what it should have, and nothing else. */
export function agree(expected: readonly Expected[], actual: readonly Message[], ids: Bindings): boolean {
  if (expected.length !== actual.length) return false;
  const rest = [...expected];
  let group: Expected[] = [];
  for (const message of actual) {
    if (group.length === 0) group = rest.splice(0, lengthOfGroup(rest));
    if (!takeMatch(group, message, ids)) return false;
  }
  return true;
}
