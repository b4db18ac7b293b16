import * as z from 'zod';
import { errorOf } from './issues.ts';
import type { Path } from './path.ts';

/**
 * Checks a part of a larger configuration.
 *
 * @param path where the part stands in the whole
 * @throws RouterOptionError naming path, what was found and what is expected
 */
export function assertShape(schema: z.ZodType, part: unknown, path: Path): void {
  const { error } = schema.safeParse(part);
  if (error === undefined) return;
  const whole = path.reduceRight<unknown>((inner, key) => ({ [key]: inner }), part);
  const issues = error.issues.map((issue) => ({ ...issue, path: [...path, ...issue.path] }));
  throw errorOf(new z.ZodError(issues), whole);
}
