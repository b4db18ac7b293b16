import { type Dict, isDict, isId, Uri } from '@pgwamp/protocol';
import { RequestError } from '../errors.ts';
import type { MatchPolicy } from '../matching/pattern-map.ts';

type Arguments = readonly unknown[];

function wrong(name: string, expected: string): RequestError {
  return new RequestError(Uri.INVALID_ARGUMENT, `${name}: expected ${expected}`);
}

function isMissing(value: unknown): value is undefined | null {
  return value === undefined || value === null;
}

function isString(value: unknown): value is string {
  return typeof value === 'string';
}

function isBoolean(value: unknown): value is boolean {
  return typeof value === 'boolean';
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 1;
}

function areStrings(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every(isString);
}

function required<T>(value: unknown, name: string, expected: string, is: (value: unknown) => value is T): T {
  if (is(value)) return value;
  throw wrong(name, expected);
}

function optional<T>(value: unknown, name: string, expected: string, is: (value: unknown) => value is T) {
  return isMissing(value) ? undefined : required(value, name, expected, is);
}

/** @throws RequestError `wamp.error.invalid_argument`, like the functions below */
export function idAt(args: Arguments, index: number, name: string): number {
  return required(args[index], name, 'an id', isId);
}

export function stringAt(args: Arguments, index: number, name: string): string {
  return required(args[index], name, 'a string', isString);
}

export function optionalStringsAt(args: Arguments, index: number, name: string): ReadonlySet<string> | undefined {
  const strings = optional(args[index], name, 'a list of strings', areStrings);
  return strings && new Set(strings);
}

export function optionalListAt(args: Arguments, index: number, name: string): Arguments | undefined {
  return optional(args[index], name, 'a list', Array.isArray);
}

export function optionalDict(value: unknown, name: string): Dict | undefined {
  return optional(value, name, 'a dictionary', isDict);
}

export function optionalString(value: unknown, name: string): string | undefined {
  return optional(value, name, 'a string', isString);
}

export function optionalBoolean(value: unknown, name: string): boolean | undefined {
  return optional(value, name, 'true or false', isBoolean);
}

export function optionalId(value: unknown, name: string): number | undefined {
  return optional(value, name, 'an id', isId);
}

export function optionalCount(value: unknown, name: string): number | undefined {
  return optional(value, name, 'a positive integer', isCount);
}

/** One of a few words; the first one is the default. */
export function wordOf<T extends string>(value: unknown, name: string, words: readonly [T, ...T[]]): T {
  if (isMissing(value)) return words[0];
  const found = words.find((word) => word === value);
  if (found === undefined) throw wrong(name, words.join(' or '));
  return found;
}

/** The match policy in the options of a look-up. They are the options of SUBSCRIBE and REGISTER. */
export function matchAt(args: Arguments, index: number): MatchPolicy {
  return wordOf(optionalDict(args[index], 'options')?.match, 'match', ['exact', 'prefix', 'wildcard']);
}

// Date.parse() accepts other formats as well, but with different results on different platforms.
const RFC_3339 = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)$/;

/**
 * Reads a time in RFC 3339 format as milliseconds since 1970.
 *
 * @throws RequestError `wamp.error.invalid_argument`
 */
export function optionalTime(value: unknown, name: string): number | undefined {
  if (value === undefined || value === null) return undefined;
  const time = typeof value === 'string' && RFC_3339.test(value) ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(time)) throw new RequestError(Uri.INVALID_ARGUMENT, `${name}: expected a time in RFC 3339 format`);
  return time;
}
