import * as z from 'zod';
import { type Environment, isPlain, variable, withEnvironment } from './environment.ts';
import { ConfigurationError, type ConfigurationIssue } from './errors.ts';

/** Keys of which nothing is shown, and text that holds a password wherever it stands. */
const secretKey = /password|secret|ticket|wampcra|key|uri$/i;
const secretText = /password|:\/\/[^/]*@/i;

/**
 * Checks a configuration and freezes it.
 *
 * @param schema what the configuration has to be.
 * @param configuration the configuration as the user wrote it; it is not changed.
 * @param environment where strings like `$PGPASSWORD` come from.
 * @throws `ConfigurationError` naming for everything that is wrong its path, what was found and what is expected.
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
  return z.toJSONSchema(schema, {
    io: 'input',
    unrepresentable: 'any',
    override: ({ jsonSchema: node }) => admitVariable(node),
  });
}

/** Text of a certain form may also be the name of an environment variable that has it. */
function admitVariable(node: z.core.JSONSchema.BaseSchema): void {
  if (node.pattern !== undefined) node.pattern = `(?:${node.pattern})|${variable.source}`;
  if (node.enum !== undefined) {
    node.anyOf = [{ enum: node.enum }, { type: 'string', pattern: variable.source }];
    delete node.enum;
    delete node.type;
  }
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
  return issue.message.replace(/^Invalid input: expected /, '').replace(/, received .*$/, '');
}

function show(path: PropertyKey[], configuration: unknown): string {
  const value = path.reduce<unknown>((inner, key) => (inner as Record<PropertyKey, unknown>)?.[key], configuration);
  if (value === undefined) return 'nothing';
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'an array' : 'an object';
  if (path.some((key) => secretKey.test(String(key))) || secretText.test(String(value))) return '"***"';
  return JSON.stringify(value) ?? typeof value;
}

function freeze<Value>(value: Value): Value {
  if (Array.isArray(value) || isPlain(value)) {
    Object.values(value).forEach(freeze);
    Object.freeze(value);
  }
  return value;
}
