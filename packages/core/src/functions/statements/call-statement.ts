import type { WampError } from '../../errors.ts';
import type { PgType } from '../routines/pg-type.ts';
import type { Parameter, Result, Routine } from '../routines/routine.ts';
import { type Argument, distribute, labelOf } from './arguments.ts';
import { invalidArgument } from './invalid-argument.ts';
import { listLiteral, literal } from './literal.ts';

/** The argument behind a parameter `$n` of a statement. */
interface Given {
  readonly parameter: string;
  readonly type: string;
  readonly value: unknown;
}

/** A statement that calls a function. Its values are in text format. */
export interface CallStatement {
  readonly text: string;
  readonly values: readonly (string | null)[];
  /** The types of the values, as oids. */
  readonly types: readonly number[];
  /** The argument behind each value; undefined for a value that is not an argument. */
  readonly given: readonly (Given | undefined)[];
}

/** A call as an SQL expression, with the values of its parameters. */
export interface CallExpression extends Omit<CallStatement, 'text'> {
  readonly expression: string;
}

/**
 * Creates the statement of a call. Arguments appear as the caller has given them: by position, then by name. Omitted
 * arguments are left out, and PostgreSQL evaluates their defaults. Values are parameters of the statement, with their
 * types as oids. So nothing that a caller sends becomes SQL, and no type name is looked up. With the exact types,
 * PostgreSQL finds exactly this function. Some functions cannot be named unambiguously, such as `f(integer)` beside
 * `f(integer, integer DEFAULT 0)`. Then PostgreSQL refuses the call as ambiguous. (`crossbar._check_unambiguous`
 * prevents the registration of such functions.) The statement calls a function only if it is unchanged since it was
 * read: see `guardOf`.
 *
 * The text depends only on the set of given arguments, so it can be prepared once.
 *
 * Functions are called inside `to_json`, so PostgreSQL itself writes the JSON: see `rowPayload` for the consequences.
 * The output of procedures is converted by a second statement: see `outsOf`.
 *
 * @param details the Details of the INVOCATION or EVENT. Only functions of the raw form receive them.
 * @throws `WampError` `wamp.error.invalid_argument` for arguments that the parameters cannot take. Errors that only
 *   PostgreSQL's input functions find are raised when the values are bound, which is also before the function runs: see
 *   `refusedValue`.
 */
export function callStatement(
  routine: Routine,
  args: readonly unknown[],
  kwargs: Readonly<Record<string, unknown>>,
  details: Readonly<Record<string, unknown>>,
): CallStatement {
  const { expression, ...bound } = callExpression(routine, args, kwargs, details);
  return { text: textOf(routine, expression), ...bound };
}

/**
 * Creates a call as an expression, for statements with more than one call.
 *
 * @param before number of statement parameters before those of the call.
 */
export function callExpression(
  routine: Routine,
  args: readonly unknown[],
  kwargs: Readonly<Record<string, unknown>>,
  details: Readonly<Record<string, unknown>>,
  before = 0,
): CallExpression {
  const { parameters } = routine;
  const inputs = parameters.filter(({ mode }) => mode !== 'out');
  const given = routine.form === 'raw' ? rawArguments([args, kwargs, details]) : distribute(inputs, args, kwargs);
  const byPosition = routine.form === 'raw' ? parameters.length : args.length;
  const binder = new Binder(before);
  const list: string[] = [];
  // A function with VARIADIC can only be called by name if no argument is omitted.
  const isVariadic = parameters.at(-1)?.mode === 'variadic';
  const named = parameters.map(({ name }) => name !== undefined && !isVariadic);
  const leftOut: string[] = [];
  let isNamed = false;
  for (const [place, parameter] of parameters.entries()) {
    const index = inputs.indexOf(parameter);
    const value = binder.place(parameter, given[index], labelOf(inputs, index));
    // A positional argument must not follow a named one. An argument without a name never follows an omitted one.
    isNamed ||= index >= byPosition && !named.includes(false, place);
    if (!value) leftOut.push(labelOf(inputs, index));
    else if (isVariadic && leftOut.length > 0) {
      const reason = `PostgreSQL cannot leave out ${leftOut.join(', ')} before it, since the last parameter is VARIADIC`;
      throw invalidArgument(labelOf(inputs, index), parameter.type.name, kwargs[parameter.name ?? ''], reason);
    } else
      list.push(
        `${value.variadic}${isNamed ? `${quotedIdentifier(parameter.name ?? '')} => ` : ''}${value.expression}`,
      );
  }
  return { expression: `${routine.name}(${list.join(', ')})`, ...binder.bound };
}

/**
 * The error for a value that PostgreSQL could not convert to its type.
 *
 * @param number index of the statement's parameter, starting at 1; undefined if PostgreSQL did not report it.
 * @param reason PostgreSQL's message.
 */
export function refusedValue(statement: CallStatement, number: number | undefined, reason: string): WampError {
  const given = number === undefined ? undefined : statement.given[number - 1];
  const { parameter, type, value } = given ?? { parameter: 'an argument', type: 'another value', value: undefined };
  return invalidArgument(parameter, type, value, reason);
}

function textOf({ kind, result, guard }: Routine, call: string): string {
  if (kind === 'procedure') return `CALL ${call}`;
  return `${result.shape === 'none' ? `SELECT ${call}` : selectJson(result, call)} WHERE ${guard}`;
}

/** Selects an expression as JSON. The args and kwargs of a `crossbar.result` are separate columns. */
export function selectJson({ type }: Exclude<Result, { shape: 'none' }>, expression: string): string {
  if (type.name !== 'crossbar.result') return `SELECT pg_catalog.to_json(${expression})`;
  // OFFSET 0 prevents PostgreSQL from inlining the call twice.
  return `SELECT (result).args, (result).kwargs FROM (SELECT ${expression} AS result OFFSET 0) AS call`;
}

function rawArguments(values: readonly unknown[]): Argument[] {
  return values.map((value) => ({ from: 'value', value }));
}

function restLiteral(type: PgType, values: readonly unknown[], label: string): string | null {
  // PostgreSQL only allows arrays as VARIADIC parameters.
  if (type.kind !== 'array') return literal(type, values, label);
  return listLiteral(type, values, (index) => `${label}[${index}]`);
}

/** Collects and numbers the parameters of a statement. */
class Binder {
  readonly #values: (string | null)[] = [];
  readonly #types: number[] = [];
  readonly #given: (Given | undefined)[] = [];
  readonly #before: number;

  constructor(before: number) {
    this.#before = before;
  }

  get bound(): Omit<CallExpression, 'expression'> {
    return { values: this.#values, types: this.#types, given: this.#given };
  }

  /**
   * Returns the SQL of an argument in the call; undefined if the argument is omitted.
   *
   * @param argument undefined for an OUT parameter. CALL only uses its type.
   */
  place({ type, mode, optional }: Parameter, argument: Argument | undefined, label: string) {
    const variadic = mode === 'variadic' ? 'VARIADIC ' : '';
    if (!argument) return { variadic, expression: this.#bind(type, null) };
    if (argument.from === 'default') {
      if (optional) return undefined;
      if (mode === 'variadic') return { variadic, expression: this.#bind(type, '{}') };
      throw invalidArgument(label, type.name, undefined);
    }
    const value = argument.from === 'rest' ? argument.values : argument.value;
    const text = argument.from === 'rest' ? restLiteral(type, argument.values, label) : literal(type, value, label);
    return { variadic, expression: this.#bind(type, text, { parameter: label, type: type.name, value }) };
  }

  #bind({ oid }: PgType, value: string | null, given?: Given): string {
    this.#values.push(value);
    this.#types.push(oid);
    this.#given.push(given);
    return `$${this.#before + this.#values.length}`;
  }
}

/** Quotes an identifier. */
export function quotedIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
