import * as z from 'zod';

/**
 * The longest time of a timer, in milliseconds: a longer one fires at once. PostgreSQL's settings end there too.
 *
 * @see https://nodejs.org/api/timers.html#settimeoutcallback-delay-args
 */
export const mostMilliseconds = 2 ** 31 - 1;

/** Milliseconds of a timer. */
export const milliseconds = z.int().max(mostMilliseconds);
