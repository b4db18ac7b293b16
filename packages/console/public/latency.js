/**
 * The wall clock in ms, more precise than `Date.now()` (whole ms): events reach a page on the same machine within one.
 *
 * `performance.now()` drifts from the wall clock while a machine sleeps or its clock is set, so it is corrected.
 */
export class Clock {
  #offset = Date.now() - performance.now();

  now() {
    const wall = Date.now();
    const fine = performance.now() + this.#offset;
    if (fine >= wall - 1 && fine < wall + 2) return fine;
    this.#offset += wall - fine;
    return wall;
  }
}

/**
 * The time in an event's `published_at` in ms since 1970, with PostgreSQL's microseconds as the fraction.
 *
 * @param {Record<string, unknown>} kwargs
 * @returns {number | undefined} `undefined` if the event does not say when it was published
 */
export function publishedAt(kwargs) {
  const text = kwargs.published_at;
  if (typeof text !== 'string') return undefined;
  const milliseconds = Date.parse(text);
  if (Number.isNaN(milliseconds)) return undefined;
  const beyond = /\.\d{3}(\d{1,6})/.exec(text)?.[1] ?? '0';
  return milliseconds + Number(`0.${beyond}`);
}
