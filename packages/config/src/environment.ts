import { ConfigurationError, type ConfigurationIssue } from './errors.ts';

/** Crossbar.io's form of a string that stands for an environment variable as a whole. */
const whole = /^\$([A-Z_][A-Z0-9_]*)$/;

/** Inside a string: `${NAME}`, and what looks like a variable and is none; a second dollar sign before it escapes both. */
const inside = /\$\$(?=\{\w+\}|[A-Z_])|\$\{(\w+)\}|\$([A-Z_][A-Z0-9_]*)/g;

/** A string that names at least one variable, for JSON Schema. */
export const variable = /^\$[A-Z_][A-Z0-9_]*$|\$\{\w+\}/;

/** Variables by name, such as `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * A copy of a configuration in which every string `$NAME`, and every `${NAME}` inside a string, is replaced by the environment
 * variable NAME. `$$NAME` and `$${NAME}` stand for themselves without the first dollar sign.
 * What is no plain object, array or string, such as a session, stays the same object.
 *
 * @example
 * ```ts
 * withEnvironment({ user: '$USER', uri: 'http://${HOST}/', sign: '$$FREE' }, { USER: 'ann', HOST: 'shop' });
 * // { user: 'ann', uri: 'http://shop/', sign: '$FREE' }
 * ```
 *
 * @throws `ConfigurationError` naming every variable that is not set and the path that wants it.
 */
export function withEnvironment(configuration: unknown, environment: Environment): unknown {
  const issues: ConfigurationIssue[] = [];
  const result = substitute(configuration, [], environment, issues);
  if (issues.length > 0) throw new ConfigurationError(issues);
  return result;
}

function substitute(
  value: unknown,
  keys: readonly PropertyKey[],
  environment: Environment,
  issues: ConfigurationIssue[],
): unknown {
  if (typeof value === 'string') return expand(value, environment, (message) => issues.push({ keys, message }));
  if (Array.isArray(value)) {
    return value.map((item, index) => substitute(item, [...keys, index], environment, issues));
  }
  if (!isPlain(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, substitute(item, [...keys, key], environment, issues)]),
  );
}

function expand(text: string, environment: Environment, complain: (message: string) => void): string {
  const lookUp = (name: string): string => {
    const value = environment[name];
    if (value === undefined) complain(`environment variable ${name} is not set`);
    return value ?? '';
  };
  const name = whole.exec(text)?.[1];
  if (name !== undefined) return lookUp(name);
  return text.replace(inside, (_, braced?: string, bare?: string) => {
    if (braced !== undefined) return lookUp(braced);
    if (bare === undefined) return '$';
    complain(
      `"$${bare}" inside a text is not replaced: write "\${${bare}}" for the variable, or "$$${bare}" for the text`,
    );
    return '';
  });
}

/** Whether a value is an object literal, which is ours to copy; one with methods, such as a router, is somebody's. */
export function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return false;
  return Object.values(value).every((item) => typeof item !== 'function');
}
