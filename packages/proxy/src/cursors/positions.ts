import type { Lsn } from '@pgwamp/core/internal/postgres';

/** The least of some positions of the log; there is at least one. */
export function least([first = 0n, ...others]: Iterable<Lsn>): Lsn {
  let found = first;
  for (const position of others) if (position < found) found = position;
  return found;
}

/** The greatest of some positions of the log. */
export function greatest(positions: Iterable<Lsn>): Lsn {
  let found = 0n;
  for (const position of positions) if (position > found) found = position;
  return found;
}
