import type { WampError } from '../../errors.ts';
import { quotedIdentifier } from '../../postgres/index.ts';
import type { CompositeType } from '../routines/pg-type.ts';
import type { Result, Routine } from '../routines/routine.ts';
import { type BoundParameter, type CallShape, expressionOf, shapeOf, textOf } from './call-shape.ts';
import { invalidArgument } from './invalid-argument.ts';
import { listLiteral, literal } from './literal.ts';

/** A call with its arguments. */
export interface BoundCall {
  readonly shape: CallShape;
  /** The value of each parameter of the shape, in text format. */
  readonly values: readonly (string | null)[];
  /** The argument behind each value, as the caller gave it. */
  readonly given: readonly unknown[];
}

/** A statement with one or more calls. */
export interface CallStatement {
  readonly text: string;
  /** The values of the calls, and further ones. */
  readonly values: readonly (string | null)[];
  /** The types of the first values, as oids. */
  readonly types: readonly number[];
  /** The calls, in the order of their values. */
  readonly calls: readonly BoundCall[];
}

/**
 * Creates the statement of a call. Values are parameters of the statement, with their types as oids. So nothing that a
 * caller sends becomes SQL, and no type name is looked up. With the exact types, PostgreSQL finds exactly this
 * function. Some functions cannot be named unambiguously, such as `f(integer)` beside `f(integer, integer DEFAULT 0)`.
 * Then PostgreSQL refuses the call as ambiguous. (`crossbar._check_unambiguous` prevents the registration of such
 * functions.) The statement calls a function only if it is unchanged since it was read: see `guardOf`.
 *
 * The text depends only on the set of given arguments, so it can be prepared once.
 *
 * Functions are called inside `to_json`, so PostgreSQL itself writes the JSON: see `rowPayload` for the consequences.
 * The output of procedures is converted by a second statement: see `outsOf`.
 *
 * @param details the Details of the INVOCATION or EVENT. Only functions of the raw form receive them.
 * @param mark a comment that precedes the text, to tell the statements of different roles apart.
 * @throws `WampError` `wamp.error.invalid_argument` for arguments that the parameters cannot take. Errors that only
 *   PostgreSQL's input functions find are raised when the values are bound, which is also before the function runs: see
 *   `refusedValue`.
 */
export function callStatement(
  routine: Routine,
  args: readonly unknown[],
  kwargs: Readonly<Record<string, unknown>>,
  details: Readonly<Record<string, unknown>>,
  mark = '',
): CallStatement {
  const call = bindCall(routine, args, kwargs, details);
  const { shape, values } = call;
  const text = textOf(shape, mark, () => mark + callText(routine, expressionOf(routine, shape)));
  return { text, values, types: shape.types, calls: [call] };
}

/** Binds the arguments of a call. See {@link callStatement}. */
export function bindCall(
  routine: Routine,
  args: readonly unknown[],
  kwargs: Readonly<Record<string, unknown>>,
  details: Readonly<Record<string, unknown>>,
): BoundCall {
  if (routine.form === 'raw') return bind(routine, [args, kwargs, details], {});
  return bind(routine, args, kwargs);
}

/**
 * The error for a value that PostgreSQL could not convert to its type.
 *
 * @param number index of the statement's parameter, starting at 1; undefined if PostgreSQL did not report it.
 * @param reason PostgreSQL's message.
 */
export function refusedValue({ calls }: CallStatement, number: number | undefined, reason: string): WampError {
  let index = (number ?? 0) - 1;
  for (const { shape, given } of calls) {
    const parameter = shape.parameters[index];
    if (parameter) return invalidArgument(parameter.label, parameter.type.name, given[index], reason);
    index -= given.length;
  }
  return invalidArgument('an argument', 'another value', undefined, reason);
}

/**
 * Selects an expression as JSON. The args and kwargs of a `crossbar.result` are separate columns. The columns of OUT
 * parameters get the names of these parameters: a function in SQL may return a row of its own, such as `ROW(1, 2)`, which
 * PostgreSQL would write with the keys `f1` and `f2`.
 *
 * @param further columns after it, each with a comma before it.
 */
export function selectJson({ type }: Exclude<Result, { shape: 'none' }>, expression: string, further = ''): string {
  const isOuts = type.kind === 'composite' && type.relation === 0;
  if (type.name !== 'crossbar.result' && !isOuts) return `SELECT pg_catalog.to_json(${expression})${further}`;
  const columns = isOuts ? outsJson(type.attributes) : '(result).args, (result).kwargs';
  // OFFSET 0 prevents PostgreSQL from inlining the call several times.
  return `SELECT ${columns}${further} FROM (SELECT ${expression} AS result OFFSET 0) AS call`;
}

function outsJson(attributes: CompositeType['attributes']): string {
  const fields = attributes.map(({ name }) => `(result).${quotedIdentifier(name)}`).join(', ');
  // No row is NULL, and a row of NULLs is an object.
  return `CASE pg_catalog.num_nulls(result) WHEN 0 THEN (SELECT pg_catalog.to_json(fields.*) FROM (SELECT ${fields}) AS fields) END`;
}

/** The last column of a call that returns one row. PostgreSQL evaluates the columns in order. */
const reset = ', crossbar._reset()';

function callText({ kind, result, guard }: Routine, call: string): string {
  if (kind === 'procedure') return `CALL ${call}`;
  if (result.shape === 'none') return `SELECT ${call}${reset} WHERE ${guard}`;
  return `${selectJson(result, call, result.shape === 'rows' ? '' : reset)} WHERE ${guard}`;
}

function bind(routine: Routine, args: readonly unknown[], kwargs: Readonly<Record<string, unknown>>): BoundCall {
  const shape = shapeOf(routine, args, kwargs);
  const given: unknown[] = [];
  const values: (string | null)[] = [];
  for (const parameter of shape.parameters) {
    const argument = argumentOf(parameter, args, kwargs);
    given.push(argument);
    values.push(
      parameter.from === 'rest' ? restLiteral(parameter, argument) : literal(parameter.type, argument, parameter.label),
    );
  }
  return { shape, given, values };
}

function argumentOf(
  { from, position, name }: BoundParameter,
  args: readonly unknown[],
  kwargs: Readonly<Record<string, unknown>>,
): unknown {
  switch (from) {
    case 'position':
      return args[position];
    case 'rest':
      return args.slice(position);
    case 'name':
      return kwargs[name];
    default:
      return undefined;
  }
}

function restLiteral({ type, label }: BoundParameter, rest: unknown): string | null {
  // PostgreSQL only allows arrays as VARIADIC parameters.
  if (type.kind !== 'array' || !Array.isArray(rest)) return literal(type, rest, label);
  return listLiteral(type, rest, (index) => `${label}[${index}]`);
}
