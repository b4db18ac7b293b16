import type * as z from 'zod';
import { wal2jsonOptions } from '../formats/wal2json-options.ts';

/** Parameters of wal2json as a route takes them. */
export type Wal2jsonParameters = z.input<typeof wal2jsonOptions>;

/** What pg-event-proxy asks wal2json for, if nothing else is said. */
export const defaultWal2jsonParams = `"format-version" '2' , "include-types" '0'`;

/** Parameters that only the plugin can follow. */
const ofPlugin = ['include-origin', 'filter-origins'];

/** Spellings of PostgreSQL's boolean, whose words may be cut short. */
const isTrue = /^(t|tr|tru|true|y|ye|yes|on|1)$/i;
const isFalse = /^(f|fa|fal|fals|false|n|no|of|off|0)$/i;

/**
 * Reads `"name" 'value', …`, which may have backslashes before the quotation marks, as a shell's samples have them.
 *
 * @returns the parameters, and what is wrong with them.
 */
export function readWal2jsonParams(text: string): { parameters: Wal2jsonParameters; problems: string[] } {
  // What wal2json itself takes if nothing is said.
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
  if (ofPlugin.includes(name)) return `${name} needs the plugin wal2json: let the proxy read a slot that has it`;
  const schema = wal2jsonOptions.shape[name as keyof typeof wal2jsonOptions.shape];
  if (!schema) return `wal2json has no parameter "${name}"; it has ${Object.keys(wal2jsonOptions.shape).join(', ')}`;
  // A parameter without a value is on, and asks for the newest version.
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
