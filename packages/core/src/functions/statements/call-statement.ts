import type { WampError } from '../../errors.ts';
import type { PgType } from '../routines/pg-type.ts';
import type { Parameter, Result, Routine } from '../routines/routine.ts';
import { type Argument, distribute, labelOf } from './arguments.ts';
import { invalidArgument } from './invalid-argument.ts';
import { listLiteral, literal } from './literal.ts';

/** What was given for a `$n` of a statement. */
interface Given {
  readonly parameter: string;
  readonly type: string;
  readonly value: unknown;
}

/** A statement that calls a function; values in text format. */
export interface CallStatement {
  readonly text: string;
  readonly values: readonly (string | null)[];
  /** For each of the values what it was made of; undefined for one that is no argument. */
  readonly given: readonly (Given | undefined)[];
}

/** A call as it stands in a statement, with the values of its parameters. */
export interface CallExpression extends Omit<CallStatement, 'text'> {
  readonly expression: string;
}

/**
 * The statement of a call. Every argument is in it, by position and with a cast to the parameter's type, so that it calls this very
 * function whatever others of its name there are; those that were not given are the expressions of their defaults. Values are
 * parameters of the statement: nothing that a caller sends becomes SQL. (Where PostgreSQL's own rules leave no way to name a function,
 * as with `f(integer)` beside `f(integer, integer DEFAULT 0)`, it refuses the call as ambiguous; `crossbar._check_unambiguous` keeps such
 * a function from being registered.)
 *
 * The text depends on which arguments were given and on nothing else, so it can be prepared once.
 *
 * Functions are called within `to_json`, so that PostgreSQL itself writes the JSON: see `rowPayload` for what that means. Procedures
 * give their OUT columns as text: see `outsStatement`.
 *
 * @param details those of the INVOCATION or EVENT; only the raw form is told them.
 * @throws `WampError` `wamp.error.invalid_argument` for arguments that the parameters cannot take. What only PostgreSQL's input
 *   functions can tell is refused when the values are bound, which is before the function runs too: see `refusedValue`.
 */
export function callStatement(
  routine: Routine,
  args: readonly unknown[],
  kwargs: Readonly<Record<string, unknown>>,
  details: Readonly<Record<string, unknown>>,
): CallStatement {
  const { expression, values, given } = callExpression(routine, args, kwargs, details);
  return { text: textOf(routine, expression), values, given };
}

/**
 * The same as an expression, for statements with more than one call.
 *
 * @param before how many parameters of the statement stand before those of the call.
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
  const binder = new Binder(before);
  const places = parameters.map((parameter) => {
    const index = inputs.indexOf(parameter);
    const argument = given[index];
    // CALL looks at the types of its OUT arguments only.
    if (!argument) return `NULL::${parameter.type.name}`;
    return binder.place(parameter, argument, labelOf(inputs, index));
  });
  const { values, given: sources } = binder;
  return { expression: `${routine.name}(${places.join(', ')})`, values, given: sources };
}

/**
 * The error for a value that PostgreSQL could not read as its type.
 *
 * @param number the parameter of the statement, from 1; undefined if PostgreSQL did not say.
 * @param reason PostgreSQL's message.
 */
export function refusedValue(statement: CallStatement, number: number | undefined, reason: string): WampError {
  const given = number === undefined ? undefined : statement.given[number - 1];
  const { parameter, type, value } = given ?? { parameter: 'an argument', type: 'another value', value: undefined };
  return invalidArgument(parameter, type, value, reason);
}

function textOf({ kind, result }: Routine, call: string): string {
  if (kind === 'procedure') return `CALL ${call}`;
  return result.shape === 'none' ? `SELECT ${call}` : selectJson(result, call);
}

/** Selects an expression as JSON; the args and kwargs of a `crossbar.result` each by itself. */
export function selectJson({ type }: Exclude<Result, { shape: 'none' }>, expression: string): string {
  if (type.name !== 'crossbar.result') return `SELECT pg_catalog.to_json(${expression})`;
  // OFFSET 0 keeps PostgreSQL from writing the call in place of both uses of it.
  return `SELECT (result).args, (result).kwargs FROM (SELECT ${expression} AS result OFFSET 0) AS call`;
}

function rawArguments(values: readonly unknown[]): Argument[] {
  return values.map((value) => ({ from: 'value', value }));
}

function restLiteral(type: PgType, values: readonly unknown[], label: string): string | null {
  // VARIADIC parameters are arrays; PostgreSQL takes no others.
  if (type.kind !== 'array') return literal(type, values, label);
  return listLiteral(type, values, (index) => `${label}[${index}]`);
}

/** Numbers the parameters of a statement. */
class Binder {
  readonly values: (string | null)[] = [];
  readonly given: Given[] = [];
  readonly #before: number;

  constructor(before: number) {
    this.#before = before;
  }

  /** What stands in the call for an argument. */
  place(parameter: Parameter, argument: Argument, label: string): string {
    const variadic = parameter.mode === 'variadic' ? 'VARIADIC ' : '';
    if (argument.from === 'default') return `${variadic}${this.#default(parameter, label)}`;
    const { name } = parameter.type;
    const value = argument.from === 'rest' ? argument.values : argument.value;
    const text =
      argument.from === 'rest'
        ? restLiteral(parameter.type, argument.values, label)
        : literal(parameter.type, value, label);
    this.values.push(text);
    this.given.push({ parameter: label, type: name, value });
    return `${variadic}$${this.#before + this.values.length}::${name}`;
  }

  #default(parameter: Parameter, label: string): string {
    const { type, mode } = parameter;
    if (parameter.default !== undefined) return `(${parameter.default})::${type.name}`;
    if (mode === 'variadic') return `'{}'::${type.name}`;
    throw invalidArgument(label, type.name, undefined);
  }
}
