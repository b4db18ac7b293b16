import { Uri } from '@pgwamp/protocol';
import { RequestError } from '../errors.ts';

// What Date.parse() takes beyond this is not the same everywhere.
const RFC_3339 = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)$/;

/**
 * A time in RFC 3339 format, in milliseconds since 1970.
 *
 * @throws RequestError `wamp.error.invalid_argument`
 */
export function optionalTime(value: unknown, name: string): number | undefined {
  if (value === undefined || value === null) return undefined;
  const time = typeof value === 'string' && RFC_3339.test(value) ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(time)) throw new RequestError(Uri.INVALID_ARGUMENT, `${name}: expected a time in RFC 3339 format`);
  return time;
}
