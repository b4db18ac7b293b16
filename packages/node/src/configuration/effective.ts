import { pathText, withoutSecrets } from '@pgwamp/config';
import type { NodeConfiguration } from './read-node.ts';
import type { Path } from './source-file.ts';

/** A value of the configuration in force. */
export interface EffectiveValue {
  /** The path, such as `workers[0].type`. */
  readonly path: string;
  readonly value: unknown;
  /** `config.json:3:12`, `environment variable PGPASSWORD`, or `default`. */
  readonly origin: string;
}

const variable = /\$(?:\{(\w+)\}|([A-Z_][A-Z0-9_]*))/;

/** All values of the configuration in force with their origins; secrets are hidden. */
export function effectiveValues({ node, source }: NodeConfiguration): EffectiveValue[] {
  return leaves(node, []).map(({ path, value }) => {
    const written = valueAt(source.value, path);
    return { path: pathText(path), value: withoutSecrets(value, path), origin: originOf(written, path, source) };
  });
}

function leaves(value: unknown, path: Path): { path: Path; value: unknown }[] {
  if (typeof value !== 'object' || value === null) return value === undefined ? [] : [{ path, value }];
  const entries: [PropertyKey, unknown][] = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  if (entries.length === 0) return [{ path, value }];
  return entries.flatMap(([key, inner]) => leaves(inner, [...path, key]));
}

function originOf(written: unknown, path: Path, { file, valueAt: positionOf }: NodeConfiguration['source']): string {
  if (written === undefined) return 'default';
  const [, braced, bare] = (typeof written === 'string' && variable.exec(written)) || [];
  if (braced ?? bare) return `environment variable ${braced ?? bare}`;
  const { line, column } = positionOf(path);
  return `${file}:${line}:${column}`;
}

function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>((inner, key) => (inner as Record<PropertyKey, unknown> | undefined | null)?.[key], value);
}
