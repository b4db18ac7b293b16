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
  /** The types of the values, by oid. */
  readonly types: readonly number[];
  /** For each of the values what it was made of; undefined for one that is no argument. */
  readonly given: readonly (Given | undefined)[];
}

/** A call as it stands in a statement, with the values of its parameters. */
export interface CallExpression extends Omit<CallStatement, 'text'> {
  readonly expression: string;
}

/**
 * The statement of a call. Arguments are written as the caller has given them: by position, then by name; those that were not given are left
 * out, and PostgreSQL evaluates their defaults. Values are parameters of the statement, whose types are given by oid: nothing that a caller
 * sends becomes SQL, and no name of a type is looked up. With exactly its types, PostgreSQL finds this very function or, where its rules
 * leave no way to name it, as with `f(integer)` beside `f(integer, integer DEFAULT 0)`, refuses the call as ambiguous.
 * (`crossbar._check_unambiguous` keeps such a function from being registered.) The statement of a function calls it only if the function
 * still is what it was when it was read: see `guardOf`.
 *
 * The text depends on which arguments were given and on nothing else, so it can be prepared once.
 *
 * Functions are called within `to_json`, so that PostgreSQL itself writes the JSON: see `rowPayload` for what that means. What procedures
 * give goes through a second statement: see `outsOf`.
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
  const { expression, ...bound } = callExpression(routine, args, kwargs, details);
  return { text: textOf(routine, expression), ...bound };
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
  const byPosition = routine.form === 'raw' ? parameters.length : args.length;
  const binder = new Binder(before);
  const list: string[] = [];
  // A function with VARIADIC can be called by name only if nothing is left out.
  const isVariadic = parameters.at(-1)?.mode === 'variadic';
  const named = parameters.map(({ name }) => name !== undefined && !isVariadic);
  const leftOut: string[] = [];
  let isNamed = false;
  for (const [place, parameter] of parameters.entries()) {
    const index = inputs.indexOf(parameter);
    const value = binder.place(parameter, given[index], labelOf(inputs, index));
    // No argument by position may follow one by name; those that have no name never follow one that is left out.
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

function textOf({ kind, result, guard }: Routine, call: string): string {
  if (kind === 'procedure') return `CALL ${call}`;
  return `${result.shape === 'none' ? `SELECT ${call}` : selectJson(result, call)} WHERE ${guard}`;
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
   * What stands in the call for an argument; undefined where it is left out.
   *
   * @param argument undefined for an OUT parameter, of which CALL looks at the type only.
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

/** An identifier as SQL has it. */
export function quotedIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
