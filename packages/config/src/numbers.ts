import * as z from 'zod';

/**
 * The longest delay of a timer in milliseconds. A longer one fires immediately. PostgreSQL's settings have the same
 * maximum.
 *
 * @see https://nodejs.org/api/timers.html#settimeoutcallback-delay-args
 */
export const maxMilliseconds = 2 ** 31 - 1;

/** The smallest and the largest allowed value. */
export interface Bounds {
  readonly min?: number;
  readonly max?: number;
}

/** Units of time in milliseconds and units of size in bytes, as in PostgreSQL's settings. */
const times: Units = { ms: 1, s: 1000, min: 60_000, h: 3_600_000, d: 86_400_000 };
const sizes: Units = { B: 1, kB: 1024, MB: 1024 ** 2, GB: 1024 ** 3, TB: 1024 ** 4 };

type Units = Readonly<Record<string, number>>;

/**
 * An integer, or its digits as a string, because environment variables are strings.
 *
 * @example
 * ```ts
 * integer({ min: 1, max: 100 }).parse('8'); // 8
 * ```
 */
export function integer(bounds: Bounds = {}) {
  return quantity('an integer', bounds, {});
}

/**
 * A port number for connecting. With `min` 0, also a port number for listening.
 *
 * @example
 * ```ts
 * portNumber().parse('5432'); // 5432
 * ```
 */
export function portNumber({ min = 1 }: Pick<Bounds, 'min'> = {}) {
  return quantity('a port number', { min, max: 65_535 }, {});
}

/**
 * Milliseconds, or text with a unit such as `5s`. The units are those of PostgreSQL's settings.
 *
 * @example
 * ```ts
 * milliseconds().parse('5s'); // 5000
 * ```
 */
export function milliseconds({ min = 0, max = maxMilliseconds }: Bounds = {}) {
  return quantity('milliseconds, or text such as "5s",', { min, max }, times);
}

/**
 * Bytes, or text with a unit such as `64MB`. The units are those of PostgreSQL's settings, in multiples of 1024.
 *
 * @example
 * ```ts
 * bytes().parse('64MB'); // 67108864
 * ```
 */
export function bytes({ min = 0, ...bounds }: Bounds = {}) {
  return quantity('bytes, or text such as "64MB",', { min, ...bounds }, sizes);
}

function quantity(what: string, { min = 0, max = Number.MAX_SAFE_INTEGER }: Bounds, units: Units) {
  const range = max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`;
  // Every check has the same error, because a union reports the messages of the member in which only checks fail.
  const error = { error: `${what} ${range}` };
  const number = z.int(error).min(min, error).max(max, error);
  const form = new RegExp(`^(\\d+(?:\\.\\d+)?) ?(${Object.keys(units).join('|')})?$`);
  const plain = Object.keys(units).length === 0 ? /^\d+$/ : form;
  const text = z
    .string()
    .regex(plain)
    .transform((written) => amountOf(written, form, units));
  return z.union([number, text.pipe(number)], error);
}

function amountOf(written: string, form: RegExp, units: Units): number {
  const [, digits, unit = ''] = form.exec(written) ?? [];
  return Math.round(Number(digits ?? written) * (units[unit] ?? 1));
}
