import type * as z from 'zod';
import { closestOf } from './closest.ts';
import { counted } from './counted.ts';
import type { ConfigurationIssue } from './errors.ts';

/**
 * Matches keys whose values are never shown. `secretText` matches values that contain a password, for any key.
 */
const secretKey = /password|secret|ticket|wampcra|key|salt|uri$/i;
const secretText = /password|:\/\/[^/]*@/i;

/** Readable forms of the type names in zod's messages. */
const words: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'an object',
  record: 'an object',
  array: 'a list',
};

/**
 * Validates a value. The errors are prepared for {@link issuesOf}, which needs the known keys of each object.
 *
 * @example
 * ```ts
 * const result = check(z.strictObject({ port: portNumber() }), value);
 * if (!result.success) throw new ConfigurationError(issuesOf(result.error, value));
 * ```
 */
export function check<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
): z.ZodSafeParseResult<z.output<Schema>> {
  // A configuration is checked once, so zod's compiled code for it would cost more time and memory than it saves.
  return schema.safeParse(value, { error: knownKeys, jitless: true });
}

/** The known keys of an object, and the keys of other union members that its key `by` excludes. */
interface Keys {
  readonly known: readonly string[];
  readonly excluded: readonly string[];
  readonly by: string;
}

const exclusions = new WeakMap<object, Omit<Keys, 'known'>>();

/**
 * Marks an object schema in a union: its key `by` excludes keys of another member. An excluded key is reported as
 * excluded, not as unknown.
 */
export function excluding<Schema extends z.ZodObject>(by: string, excluded: readonly string[], schema: Schema): Schema {
  exclusions.set(schema, { by, excluded });
  return schema;
}

/** Returns the known keys of an object with unknown keys, encoded as the message of the issue. */
function knownKeys(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.code !== 'unrecognized_keys') return undefined;
  const schema = issue.inst as z.core.$ZodObject;
  const keys: Keys = {
    known: Object.keys(schema._zod.def.shape ?? {}),
    ...(exclusions.get(schema) ?? { by: '', excluded: [] }),
  };
  return JSON.stringify(keys);
}

/**
 * Returns the mistakes of a validated value in readable form.
 *
 * @example
 * ```ts
 * const value = { prot: 5432 };
 * const { error } = check(z.strictObject({ port: portNumber().optional() }), value);
 * if (error) console.log(issuesOf(error, value)[0]?.message); // unknown key, did you mean port?
 * ```
 */
export function issuesOf(error: z.ZodError, value: unknown): ConfigurationIssue[] {
  return error.issues.flatMap((issue) => describe(issue, value));
}

function describe(
  issue: z.core.$ZodIssue,
  configuration: unknown,
  prefix: readonly PropertyKey[] = [],
): ConfigurationIssue[] {
  const keys = [...prefix, ...issue.path];
  if (issue.code === 'unrecognized_keys') {
    const known: Keys = JSON.parse(issue.message);
    const present = Object.keys(valueAt(keys, configuration) as object);
    return issue.keys.map((key) => ({
      keys: [...keys, key],
      isKey: true,
      message: unknownKey(key, known, present),
    }));
  }
  const closest = issue.code === 'invalid_union' ? closestBranch(issue.errors) : undefined;
  if (closest) return closest.flatMap((inner) => describe(inner, configuration, keys));
  const expected = expectation(issue);
  const found = valueAt(keys, configuration);
  return [
    {
      keys,
      message:
        found === undefined ? `missing (expected ${expected})` : `expected ${expected}, found ${show(keys, found)}`,
    },
  ];
}

function unknownKey(key: string, { known, excluded, by }: Keys, present: readonly string[]): string {
  if (excluded.includes(key)) return `excluded by ${by}: use one or the other`;
  const absent = known.filter((name) => !present.includes(name));
  const closest = closestOf(key, absent);
  return closest === undefined
    ? `unknown key (expected one of ${known.join(', ')})`
    : `unknown key, did you mean ${closest}?`;
}

type Issues = readonly z.core.$ZodIssue[];

/** Returns the union member that the user probably meant: the only one with the fewest unknown keys. */
function closestBranch(errors: readonly Issues[]): Issues | undefined {
  const candidates = errors.filter((issues) => issues.every(isBelowTop));
  const least = Math.min(...candidates.map(unknownKeys));
  const closest = candidates.filter((issues) => unknownKeys(issues) === least);
  return closest.length === 1 ? closest[0] : undefined;
}

function isBelowTop({ code, path }: z.core.$ZodIssue): boolean {
  return path.length > 0 || code === 'unrecognized_keys';
}

function unknownKeys(issues: Issues): number {
  return issues.reduce((sum, issue) => sum + (issue.code === 'unrecognized_keys' ? issue.keys.length : 0), 0);
}

function expectation(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_value') return issue.values.map((value) => JSON.stringify(value)).join(' or ');
  if (issue.code === 'too_small' && issue.message.startsWith('Too small')) return tooSmall(issue);
  const text = issue.message.replace(/^(Invalid \w+|Too \w+): (expected )?/, '').replace(/, received .*$/, '');
  return words[text] ?? text;
}

function tooSmall({ origin, minimum }: z.core.$ZodIssueTooSmall): string {
  if (origin === 'string')
    return minimum === 1 ? 'a string that is not empty' : `at least ${counted(Number(minimum), 'character')}`;
  if (origin === 'array' || origin === 'set') return `a list with at least ${counted(Number(minimum), 'item')}`;
  return `a number of at least ${minimum}`;
}

function valueAt(keys: readonly PropertyKey[], configuration: unknown): unknown {
  return keys.reduce<unknown>((inner, key) => (inner as Record<PropertyKey, unknown> | null)?.[key], configuration);
}

function show(keys: readonly PropertyKey[], value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (typeof value === 'object' && value !== null) return 'an object';
  if (keys.some((key) => secretKey.test(String(key))) || secretText.test(String(value))) {
    return typeof value === 'string' ? '"***"' : `a ${typeof value}`;
  }
  return JSON.stringify(value) ?? typeof value;
}
