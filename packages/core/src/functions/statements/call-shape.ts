import { quotedIdentifier } from '../../postgres/index.ts';
import type { PgType } from '../routines/pg-type.ts';
import type { Parameter, Routine } from '../routines/routine.ts';
import { cut, invalidArgument } from './invalid-argument.ts';

/** A parameter `$n` of the statement of a call, and the argument that is its value. */
export interface BoundParameter {
  /** The name of the function's parameter for errors, or its position such as `$2`. */
  readonly label: string;
  readonly type: PgType;
  /**
   * The argument: by position, all from a position on (`rest`, for VARIADIC), or by name. `null` is for an OUT parameter,
   * of which CALL only uses the type.
   */
  readonly from: 'position' | 'rest' | 'name' | 'null';
  readonly position: number;
  readonly name: string;
}

/**
 * Everything about the calls of a function that depends only on which arguments are given: the SQL and its parameters.
 * Arguments appear as the caller has given them: by position, then by name. Omitted arguments are left out, and
 * PostgreSQL evaluates their defaults.
 */
export interface CallShape {
  /** The SQL before each argument, for example `VARIADIC "words" => `. */
  readonly prefixes: readonly string[];
  readonly parameters: readonly BoundParameter[];
  /** The types of the parameters, as oids. */
  readonly types: readonly number[];
  /** Texts of statements that call in this way, by key. See `textOf`. */
  readonly texts: Map<string, string>;
}

/**
 * Limit on the kept shapes of a function, and on the kept texts of a shape. A caller may leave out any of the optional
 * arguments.
 */
const limit = 64;

const kept = new WeakMap<Routine, Map<string, CallShape>>();

/**
 * Returns the shape of a call: positional arguments belong to parameters in order, the remaining ones to VARIADIC,
 * keywords by exact name.
 *
 * @throws `WampError` `wamp.error.invalid_argument` for too many arguments, an unknown keyword, an argument given twice
 *   or missing.
 */
export function shapeOf(
  routine: Routine,
  args: readonly unknown[],
  kwargs: Readonly<Record<string, unknown>>,
): CallShape {
  const key = keyOf(routine, args, kwargs);
  const shapes = kept.get(routine);
  const known = shapes?.get(key);
  if (known) return known;
  const shape = makeShape(routine, args, kwargs);
  if (shapes) keep(shapes, key, shape);
  else kept.set(routine, new Map([[key, shape]]));
  return shape;
}

/** Returns the text of a statement that is made once for a shape. The key tells the texts of one shape apart. */
export function textOf({ texts }: CallShape, key: string, make: () => string): string {
  const known = texts.get(key);
  if (known !== undefined) return known;
  const text = make();
  keep(texts, key, text);
  return text;
}

/** Writes a call. */
export function expressionOf({ name }: Routine, { prefixes }: CallShape, before = 0): string {
  return `${name}(${prefixes.map((prefix, index) => `${prefix}$${before + index + 1}`).join(', ')})`;
}

function keep<Kept>(all: Map<string, Kept>, key: string, item: Kept): void {
  if (all.size >= limit) all.clear();
  all.set(key, item);
}

/** Which arguments are given. It does not grow with what a caller sends. */
function keyOf({ parameters }: Routine, args: readonly unknown[], kwargs: Readonly<Record<string, unknown>>): string {
  let key = String(Math.min(args.length, parameters.length + 1));
  const keywords = Object.keys(kwargs);
  if (keywords.length === 0) return key;
  let unknown = keywords.length;
  for (const [index, { name, mode }] of parameters.entries()) {
    if (name === undefined || mode === 'out' || !Object.hasOwn(kwargs, name)) continue;
    key += ` ${index}`;
    unknown -= 1;
  }
  return unknown > 0 ? `${key} ?` : key;
}

function makeShape(
  { parameters }: Routine,
  args: readonly unknown[],
  kwargs: Readonly<Record<string, unknown>>,
): CallShape {
  const inputs = parameters.filter(({ mode }) => mode !== 'out');
  refuseUnknown(inputs, kwargs);
  refuseSurplus(inputs, args);
  const prefixes: string[] = [];
  const bound: BoundParameter[] = [];
  // A function with VARIADIC can only be called by name if no argument is omitted.
  const isVariadic = parameters.at(-1)?.mode === 'variadic';
  const named = parameters.map(({ name }) => name !== undefined && !isVariadic);
  const leftOut: string[] = [];
  let isNamed = false;
  for (const [place, parameter] of parameters.entries()) {
    const index = inputs.indexOf(parameter);
    const label = labelOf(inputs, index);
    const given = boundParameter(parameter, index, label, args, kwargs);
    // A positional argument must not follow a named one. An argument without a name never follows an omitted one.
    isNamed ||= index >= args.length && !named.includes(false, place);
    if (!given) leftOut.push(label);
    else if (isVariadic && leftOut.length > 0) {
      const reason = `PostgreSQL cannot leave out ${leftOut.join(', ')} before it, since the last parameter is VARIADIC`;
      throw invalidArgument(label, parameter.type.name, kwargs[parameter.name ?? ''], reason);
    } else {
      const variadic = parameter.mode === 'variadic' ? 'VARIADIC ' : '';
      prefixes.push(`${variadic}${isNamed ? `${quotedIdentifier(parameter.name ?? '')} => ` : ''}`);
      bound.push(given);
    }
  }
  return { prefixes, parameters: bound, types: bound.map(({ type }) => type.oid), texts: new Map() };
}

/**
 * Returns the statement's parameter for a parameter of the function; undefined if the argument is omitted.
 *
 * @param index the place among the parameters that take an argument; negative for OUT.
 */
function boundParameter(
  { name, type, mode, optional }: Parameter,
  index: number,
  label: string,
  args: readonly unknown[],
  kwargs: Readonly<Record<string, unknown>>,
): BoundParameter | undefined {
  const bound = (from: BoundParameter['from']) => ({ label, type, from, position: index, name: name ?? '' });
  if (mode === 'out') return bound('null');
  if (name !== undefined && Object.hasOwn(kwargs, name)) {
    if (index >= args.length) return bound('name');
    throw invalidArgument(label, type.name, kwargs[name], 'it is given by position too');
  }
  if (index >= args.length && optional) return undefined;
  if (mode === 'variadic') return bound('rest');
  if (index < args.length) return bound('position');
  throw invalidArgument(label, type.name, undefined);
}

/** The name of a parameter for errors: its own name, or its position such as `$2`. */
function labelOf(parameters: readonly Parameter[], index: number): string {
  return parameters[index]?.name ?? `$${index + 1}`;
}

function refuseUnknown(parameters: readonly Parameter[], kwargs: Readonly<Record<string, unknown>>): void {
  const unknown = Object.keys(kwargs).find((key) => !parameters.some(({ name }) => name === key));
  if (unknown === undefined) return;
  throw invalidArgument(cut(unknown), 'no such keyword', kwargs[unknown], listed(parameters));
}

function refuseSurplus(parameters: readonly Parameter[], args: readonly unknown[]): void {
  const { length } = parameters;
  if (args.length <= length || parameters[length - 1]?.mode === 'variadic') return;
  throw invalidArgument(`$${length + 1}`, 'no further argument', args[length], listed(parameters));
}

function listed(parameters: readonly Parameter[]): string {
  const all = parameters.map(({ type }, index) => `${labelOf(parameters, index)} ${type.name}`);
  return all.length > 0 ? `the parameters are ${all.join(', ')}` : 'there are no parameters';
}
