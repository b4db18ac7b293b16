import { RouterOptionError } from '../errors.ts';
import { type Path, pathText } from './path.ts';

/** Variables by name, as `process.env` has them. */
export type Environment = Readonly<Record<string, string | undefined>>;

// Crossbar.io has the first form for ports and the second for secrets. Only capitals, so that "$ecret" stays a secret.
const VARIABLE = /^(?:\$([A-Z_][A-Z0-9_]*)|\$\{(\w+)\})$/;

function lookUp(text: string, path: Path, environment: Environment): string {
  const [, bare, braced] = VARIABLE.exec(text) ?? [];
  const name = bare ?? braced;
  if (name === undefined) return text;
  const value = environment[name];
  if (value !== undefined) return value;
  throw new RouterOptionError(`${pathText(path)}: expected the environment variable ${name} to be set, found nothing`);
}

/**
 * A copy of a configuration in which every text `$NAME` or `${NAME}` is what the environment has under that name.
 *
 * @throws RouterOptionError naming the path of a variable that is not set
 */
export function withEnvironment(value: unknown, environment: Environment, path: Path = []): unknown {
  if (typeof value === 'string') return lookUp(value, path, environment);
  if (Array.isArray(value)) return value.map((item, index) => withEnvironment(item, environment, [...path, index]));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value);
  return Object.fromEntries(entries.map(([key, item]) => [key, withEnvironment(item, environment, [...path, key])]));
}
