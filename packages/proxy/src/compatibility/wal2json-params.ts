import type * as z from 'zod';
import { wal2jsonOptions } from '../formats/wal2json-options.ts';

/** Parameters of wal2json, as options of a route. */
export type Wal2jsonParameters = z.input<typeof wal2jsonOptions>;

/** The default parameters that pg-event-proxy passes to wal2json. */
export const defaultWal2jsonParams = `"format-version" '2' , "include-types" '0'`;

/** Parameters that only the plugin itself supports. */
const ofPlugin = ['include-origin', 'filter-origins'];

/** The spellings of PostgreSQL's boolean; words may be abbreviated. */
const isTrue = /^(t|tr|tru|true|y|ye|yes|on|1)$/i;
const isFalse = /^(f|fa|fal|fals|false|n|no|of|off|0)$/i;

/**
 * Parses `"name" 'value', …`. The quotation marks may be escaped by backslashes, as in shell examples.
 *
 * @returns the parameters and the mistakes found.
 */
export function readWal2jsonParams(text: string): { parameters: Wal2jsonParameters; problems: string[] } {
  // The default of wal2json itself.
  const parameters: Record<string, unknown> = { 'format-version': 1 };
  const problems: string[] = [];
  const pairs = /\s*"?([\w-]+)"?(?:\s+'((?:[^']|'')*)')?\s*(,|$)/gy;
  const plain = text.replace(/\\(?=["'])/g, '').trim();
  let end = 0;
  for (const match of plain.matchAll(pairs)) {
    end = match.index + match[0].length;
    const [, name = '', value] = match;
    const problem = read(parameters, name, value?.replaceAll("''", "'"));
    if (problem !== undefined) problems.push(problem);
  }
  if (end < plain.length)
    problems.push(`cannot be read from character ${end + 1} on: write "name" 'value', "name" 'value'`);
  return { parameters, problems };
}

function read(parameters: Record<string, unknown>, name: string, value: string | undefined): string | undefined {
  if (ofPlugin.includes(name)) return `${name} requires the plugin wal2json: configure a slot that uses it`;
  const schema = wal2jsonOptions.shape[name as keyof typeof wal2jsonOptions.shape];
  if (!schema) return `wal2json has no parameter "${name}"; it has ${Object.keys(wal2jsonOptions.shape).join(', ')}`;
  // A parameter without a value is on; for the format version, it means the newest.
  const parsed = name === 'format-version' ? Number(value ?? 2) : booleanOf(schema.safeParse(true).success, value);
  if (!schema.safeParse(parsed).success) return `${name} cannot be '${value}'`;
  parameters[name] = parsed;
  return undefined;
}

function booleanOf(isBoolean: boolean, value: string | undefined): boolean | string | undefined {
  if (!isBoolean) return value ?? '';
  if (value === undefined || isTrue.test(value)) return true;
  return isFalse.test(value) ? false : value;
}
