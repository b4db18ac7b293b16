import type { Lsn } from '@pgwamp/core/internal/postgres';

/** The least of several positions of the log; expects at least one. */
export function least([first = 0n, ...others]: Iterable<Lsn>): Lsn {
  let found = first;
  for (const position of others) if (position < found) found = position;
  return found;
}

/** The greatest of several positions of the log. */
export function greatest(positions: Iterable<Lsn>): Lsn {
  let found = 0n;
  for (const position of positions) if (position > found) found = position;
  return found;
}
