import { RequestError } from '../errors.ts';
import type { MatchPolicy } from '../matching/pattern-map.ts';
import { isId } from '../protocol/ids.ts';
import type { Dict } from '../protocol/shapes.ts';
import { Uri } from '../uris.ts';

type Arguments = readonly unknown[];

function wrong(name: string, expected: string): RequestError {
  return new RequestError(Uri.INVALID_ARGUMENT, `${name}: expected ${expected}`);
}

function isDict(value: unknown): value is Dict {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isMissing(value: unknown): value is undefined | null {
  return value === undefined || value === null;
}

/** @throws RequestError `wamp.error.invalid_argument`, as do the others below */
export function idAt(args: Arguments, index: number, name: string): number {
  const value = args[index];
  if (!isId(value)) throw wrong(name, 'an id');
  return value;
}

export function stringAt(args: Arguments, index: number, name: string): string {
  const value = args[index];
  if (typeof value !== 'string') throw wrong(name, 'a string');
  return value;
}

export function optionalStringsAt(args: Arguments, index: number, name: string): ReadonlySet<string> | undefined {
  const value = args[index];
  if (isMissing(value)) return undefined;
  if (!Array.isArray(value) || !value.every((item) => typeof item === 'string')) throw wrong(name, 'a list of strings');
  return new Set(value);
}

export function optionalListAt(args: Arguments, index: number, name: string): Arguments | undefined {
  const value = args[index];
  if (isMissing(value)) return undefined;
  if (!Array.isArray(value)) throw wrong(name, 'a list');
  return value;
}

export function optionalDict(value: unknown, name: string): Dict | undefined {
  if (isMissing(value)) return undefined;
  if (!isDict(value)) throw wrong(name, 'a dictionary');
  return value;
}

export function optionalString(value: unknown, name: string): string | undefined {
  if (isMissing(value)) return undefined;
  if (typeof value !== 'string') throw wrong(name, 'a string');
  return value;
}

export function optionalBoolean(value: unknown, name: string): boolean | undefined {
  if (isMissing(value)) return undefined;
  if (typeof value !== 'boolean') throw wrong(name, 'true or false');
  return value;
}

export function optionalId(value: unknown, name: string): number | undefined {
  if (isMissing(value)) return undefined;
  if (!isId(value)) throw wrong(name, 'an id');
  return value;
}

export function optionalCount(value: unknown, name: string): number | undefined {
  if (isMissing(value)) return undefined;
  if (!Number.isSafeInteger(value) || (value as number) < 1) throw wrong(name, 'a positive integer');
  return value as number;
}

/** One of a few words, the first of which is the default. */
export function wordOf<T extends string>(value: unknown, name: string, words: readonly [T, ...T[]]): T {
  if (isMissing(value)) return words[0];
  const found = words.find((word) => word === value);
  if (found === undefined) throw wrong(name, words.join(' or '));
  return found;
}

/** The policy in the options of a look-up, which are those of SUBSCRIBE and REGISTER. */
export function matchAt(args: Arguments, index: number): MatchPolicy {
  return wordOf(optionalDict(args[index], 'options')?.match, 'match', ['exact', 'prefix', 'wildcard']);
}
