import * as z from 'zod';

/**
 * Milliseconds of a timer: longer ones fire at once. PostgreSQL's settings end there too.
 *
 * @see https://nodejs.org/api/timers.html#settimeoutcallback-delay-args
 */
export const milliseconds = z.int().max(2 ** 31 - 1);
