import { ConfigurationError, type ConfigurationIssue } from './errors.ts';

/** In Crossbar.io's form, the whole string is the name of an environment variable. */
const whole = /^\$([A-Z_][A-Z0-9_]*)$/;

/**
 * Matches `${NAME}` inside a string, and also text that looks like a variable but is none. A second dollar sign escapes
 * both.
 */
const inside = /\$\$(?=\{\w+\}|[A-Z_])|\$\{(\w+)\}|\$([A-Z_][A-Z0-9_]*)/g;

/** Matches a string that names at least one variable. Used for JSON Schema. */
export const variable = /^\$[A-Z_][A-Z0-9_]*$|\$\{\w+\}/;

/** Environment variables by name, such as `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Returns a copy of a configuration. Every string `$NAME`, and every `${NAME}` inside a string, is replaced by the
 * environment variable NAME. `$$NAME` becomes the text `$NAME`, and `$${NAME}` becomes the text `${NAME}`. Objects that
 * are not plain, such as a session, are not copied.
 *
 * @example
 * ```ts
 * withEnvironment({ user: '$USER', uri: 'http://${HOST}/', sign: '$$FREE' }, { USER: 'ann', HOST: 'shop' });
 * // { user: 'ann', uri: 'http://shop/', sign: '$FREE' }
 * ```
 *
 * @throws `ConfigurationError` naming each variable that is not set, and the path that refers to it.
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

/**
 * Whether a value is an object literal, which may be copied. An object with methods, such as a router, must not be
 * copied.
 */
export function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return false;
  return Object.values(value).every((item) => typeof item !== 'function');
}
