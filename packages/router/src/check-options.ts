import { ConfigurationError, check, freeze, issuesOf, issuesText } from '@pgwamp/config';
import type * as z from 'zod';
import { RouterOptionError } from './errors.ts';

/**
 * Checks options, or a part of them.
 *
 * @param keys - the path of the part in the whole
 * @returns the options with their defaults, frozen
 * @throws RouterOptionError naming the path of each mistake and the expected value
 */
export function checkOptions<Schema extends z.ZodType>(
  schema: Schema,
  part: unknown,
  keys: readonly PropertyKey[] = [],
): z.output<Schema> {
  const result = check(schema, part);
  if (result.success) return freeze(result.data);
  const issues = issuesOf(result.error, part).map((issue) => ({ ...issue, keys: [...keys, ...issue.keys] }));
  throw new RouterOptionError(issuesText(issues));
}

/** Calls a function of `@pgwamp/config` and converts its errors to option errors of the router. */
export function asOption<Result>(read: () => Result): Result {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    throw new RouterOptionError(issuesText(error.issues), { cause: error });
  }
}
