import { ConfigurationError, type ConfigurationIssue } from './errors.ts';

/** Crossbar.io's form of a string that stands for an environment variable. */
export const variable = /^\$([A-Z0-9_]+)$/;

/** Variables by name, such as `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * A copy of a configuration in which every string of the form `$NAME` is replaced by the environment variable NAME.
 * What is no plain object, array or string, such as a session, stays the same object.
 *
 * @throws `ConfigurationError` naming every variable that is not set and the path that wants it.
 */
export function withEnvironment(configuration: unknown, environment: Environment): unknown {
  const issues: ConfigurationIssue[] = [];
  const result = substitute(configuration, [], environment, issues);
  if (issues.length > 0) throw new ConfigurationError(issues);
  return result;
}

function substitute(value: unknown, path: string[], environment: Environment, issues: ConfigurationIssue[]): unknown {
  if (typeof value === 'string') return lookUp(value, path, environment, issues);
  if (Array.isArray(value)) {
    return value.map((item, index) => substitute(item, [...path, String(index)], environment, issues));
  }
  if (!isPlain(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, substitute(item, [...path, key], environment, issues)]),
  );
}

function lookUp(text: string, path: string[], environment: Environment, issues: ConfigurationIssue[]): string {
  const name = variable.exec(text)?.[1];
  if (name === undefined) return text;
  const value = environment[name];
  if (value !== undefined) return value;
  const found = `"${text}", and environment variable ${name} is not set`;
  issues.push({ path: path.join('.'), found, expected: `environment variable ${name} to be set` });
  return text;
}

/** Whether a value is an object literal, which is ours to copy; one with methods, such as a router, is somebody's. */
export function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return false;
  return Object.values(value).every((item) => typeof item !== 'function');
}
