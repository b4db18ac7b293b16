import type * as z from 'zod';
import { RouterOptionError } from '../errors.ts';
import { type Path, pathText } from './path.ts';

const SECRETS = /ticket|secret|key|salt/i;

function valueAt(path: Path, value: unknown): unknown {
  return path.reduce<unknown>((inner, key) => (inner as Record<PropertyKey, unknown> | undefined)?.[key], value);
}

/** What stands at a path, without giving a secret away. */
function show(path: Path, configuration: unknown): string {
  const value = valueAt(path, configuration);
  if (value === undefined) return 'nothing';
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'a list' : 'an object';
  return path.some((key) => SECRETS.test(String(key))) ? `a ${typeof value}` : JSON.stringify(value);
}

function expectation(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_value') return issue.values.map((value) => JSON.stringify(value)).join(' or ');
  return issue.message.replace(/^(Invalid [a-z]+|Too \w+): (expected )?/, '').replace(/, received .*$/, '');
}

function describe(issue: z.core.$ZodIssue, configuration: unknown): string[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => `${pathText([...issue.path, key])}: expected no such key, found it`);
  }
  const found = show(issue.path, configuration);
  return [`${pathText(issue.path)}: expected ${expectation(issue)}, found ${found}`];
}

/** All that is wrong with a configuration, in one line. */
export function errorOf(error: z.ZodError, configuration: unknown): RouterOptionError {
  return new RouterOptionError(error.issues.flatMap((issue) => describe(issue, configuration)).join('; '));
}
