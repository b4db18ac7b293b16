import type * as z from 'zod';
import { closestOf } from './closest.ts';
import type { ConfigurationIssue } from './errors.ts';

/** Keys of which nothing is shown, and text that holds a password wherever it stands. */
const secretKey = /password|secret|ticket|wampcra|key|salt|uri$/i;
const secretText = /password|:\/\/[^/]*@/i;

/** For people: the words of zod, as they stand in its messages. */
const words: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'an object',
  record: 'an object',
  array: 'a list',
};

/** Checks a value, so that what is found can be made {@link issuesOf}: they need to know which keys there are. */
export function check<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
): z.ZodSafeParseResult<z.output<Schema>> {
  return schema.safeParse(value, { error: knownKeys });
}

/** Of an object with unknown keys: those that it knows, as a message. */
function knownKeys(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.code !== 'unrecognized_keys') return undefined;
  const { shape } = (issue.inst as unknown as { _zod: { def: { shape: object } } })._zod.def;
  return Object.keys(shape).join(' ');
}

/** What is wrong with a value that was checked, for people. */
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
    return issue.keys.map((key) => ({
      keys: [...keys, key],
      isKey: true,
      message: unknownKey(key, issue.message.split(' '), valueAt(keys, configuration)),
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
        found === undefined ? `missing (expected ${expected})` : `found ${show(keys, found)}, expected ${expected}`,
    },
  ];
}

function unknownKey(key: string, known: readonly string[], parent: unknown): string {
  const present = typeof parent === 'object' && parent !== null ? Object.keys(parent) : [];
  const closest = closestOf(
    key,
    known.filter((name) => !present.includes(name)),
  );
  return closest === undefined
    ? `unknown key (expected one of ${known.join(', ')})`
    : `unknown key, did you mean ${closest}?`;
}

type Issues = readonly z.core.$ZodIssue[];

/** Of the alternatives of a union, the one that the user seems to have meant: it alone knows most of the keys. */
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
  const text = issue.message.replace(/^(Invalid \w+|Too \w+): (expected )?/, '').replace(/, received .*$/, '');
  return words[text] ?? text;
}

function valueAt(keys: readonly PropertyKey[], configuration: unknown): unknown {
  return keys.reduce<unknown>((inner, key) => (inner as Record<PropertyKey, unknown> | null)?.[key], configuration);
}

function show(keys: readonly PropertyKey[], value: unknown): string {
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'a list' : 'an object';
  if (keys.some((key) => secretKey.test(String(key))) || secretText.test(String(value))) return '"***"';
  return JSON.stringify(value) ?? typeof value;
}
