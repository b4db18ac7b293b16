import * as z from 'zod';
import { ConfigurationError, type ConfigurationIssue } from '../errors.ts';
import { type Environment, isPlain, withEnvironment } from './environment.ts';

const secret = /password|secret|ticket|key|uri$/i;

/**
 * Checks a configuration and freezes it.
 *
 * @param schema what the configuration has to be.
 * @param configuration the configuration as the user wrote it; it is not changed.
 * @param environment where strings like `$PGPASSWORD` come from.
 * @throws {@link ConfigurationError} naming for everything that is wrong its path, what was found and what is expected.
 */
export function parseConfiguration<Schema extends z.ZodType>(
  schema: Schema,
  configuration: unknown,
  environment: Environment = process.env,
): z.output<Schema> {
  const substituted = withEnvironment(configuration, environment);
  const result = schema.safeParse(substituted);
  if (result.success) return freeze(result.data);
  throw new ConfigurationError(result.error.issues.flatMap((issue) => describe(issue, substituted)));
}

/** The JSON Schema (draft 2020-12) of what a user may write. */
export function jsonSchema(schema: z.ZodType): object {
  return z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
}

function describe(issue: z.core.$ZodIssue, configuration: unknown, prefix: PropertyKey[] = []): ConfigurationIssue[] {
  const path = [...prefix, ...issue.path];
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      path: [...path, key].join('.'),
      found: 'an unknown key',
      expected: 'one of the documented keys',
    }));
  }
  const closest = issue.code === 'invalid_union' ? closestBranch(issue.errors) : undefined;
  if (closest) return closest.flatMap((inner) => describe(inner, configuration, path));
  return [{ path: path.join('.') || '(top)', found: show(path, configuration), expected: expectation(issue) }];
}

/** Of the alternatives of a union, the one that the user seems to have meant: it alone fails below the top. */
function closestBranch(errors: readonly z.core.$ZodIssue[][]): readonly z.core.$ZodIssue[] | undefined {
  const deep = errors.filter((issues) => issues.every(({ path }) => path.length > 0));
  return deep.length === 1 ? deep[0] : undefined;
}

function expectation(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_value') return issue.values.map((value) => JSON.stringify(value)).join(' or ');
  return issue.message.replace(/^Invalid input: expected /, '').replace(/, received .*$/, '');
}

function show(path: PropertyKey[], configuration: unknown): string {
  const value = path.reduce<unknown>((inner, key) => (inner as Record<PropertyKey, unknown>)?.[key], configuration);
  if (value === undefined) return 'nothing';
  if (path.some((key) => secret.test(String(key))) && typeof value === 'string') return '"***"';
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'an array' : 'an object';
  return JSON.stringify(value) ?? typeof value;
}

function freeze<Value>(value: Value): Value {
  if (Array.isArray(value) || isPlain(value)) {
    Object.values(value).forEach(freeze);
    Object.freeze(value);
  }
  return value;
}
