import fc, { type Arbitrary } from 'fast-check';
import type { Given } from './routine-stage.ts';
import { qualified, type SqlValue, sqlValues } from './sql-values.ts';

/** `name type`, or `type` alone; with a default behind `=`, or with `*` before it for VARIADIC. */
type ParameterText = string;

/**
 * The result of a function, made of its arguments: a JSON array of all, the first, three rows of it, or all as columns of a row or of two. A procedure
 * gives its arguments back, as INOUT; it may set DateStyle for its transaction, or commit.
 */
export type Shape = 'list' | 'first' | 'rows' | 'outs' | 'table' | 'inout' | 'styled' | 'committed';

const signatures: readonly (readonly [Shape, ...ParameterText[]])[] = [
  ['list'],
  ['first', 'boolean'],
  ['first', 'a smallint'],
  ['first', 'a integer'],
  ['first', 'a bigint'],
  ['first', 'a numeric'],
  ['first', 'a double precision'],
  ['first', 'text'],
  ['first', 'a date'],
  ['first', 'a timestamp'],
  ['first', 'a timestamptz'],
  ['first', 'a interval'],
  ['rows', 'a uuid'],
  ['rows', 'a int4range'],
  ['rows', 'a mood'],
  ['first', 'a positive'],
  ['first', 'a bytea'],
  ['first', 'a json'],
  ['first', 'a jsonb'],
  ['rows', 'a integer[]'],
  ['first', 'a text[]'],
  ['first', 'a mood[]'],
  ['rows', 'a bytea[]'],
  ['first', 'jsonb[]'],
  ['first', 'a positive[]'],
  ['first', 'a short_list'],
  ['rows', 'a person'],
  ['first', 'a person[]'],
  ['first', 'a company'],
  ['list', 'a integer', 'b text'],
  ['list', 'integer', 'text', 'c numeric = 1.50'],
  ['outs', 'a bigint = 9007199254740993', `b text = 'it''s' || ' "x"'`, 'c bytea = NULL'],
  ['table', 'a numeric', "b timestamptz = date_trunc('century', now())", `c person = ROW('a', NULL, 1, '\\x00', NULL)`],
  ['list', '"Mixed Case" integer', '"quo""te" text = CURRENT_USER', '"select" mood = NULL'],
  ['list', '*a integer'],
  ['outs', 'a varchar', '*words text'],
  ['list', 'a integer = 1', 'b integer = 2', "*rest numeric = '{}'"],
  ['list', 'a text', `*rest person`],
  ['table', 'a company', 'b jsonb', 'c json', 'd bytea[]'],
  ['list', 'a integer', 'b integer = 2', 'c integer = 3', 'd integer = 4', 'e integer = 5', `f text = 'f'`],
  ...[
    'real',
    'time',
    'timetz',
    'money',
    'bit',
    'varbit',
    'bpchar',
    'name',
    'inet',
    'cidr',
    'macaddr',
    'xml',
    'point',
    'box',
    'tsvector',
  ].map((type) => ['first', `a ${type}`] as const),
  ...[
    'jsonpath',
    'pg_lsn',
    'oid',
    'regclass',
    'regtype',
    'daterange',
    'tstzrange',
    'numrange',
    'int4multirange',
    'datemultirange',
  ].map((type) => ['rows', `a ${type}`] as const),
  ...['timestamptz[]', 'daterange[]', 'box[]', 'json[]', 'code[]'].map((type) => ['first', `a ${type}`] as const),
  ['list', 'a integer', 'b integer', 'c integer = 3'],
  ['outs', 'a text', "b text = 'x'"],
  ['table', 'a bytea', 'b bytea'],
  ['first', 'a code'],
  ['first', 'a adult'],
  ['rows', 'a item'],
  ['table', 'a item', 'b interval', 'c regclass', 'd money'],
  ['inout', 'a date', 'b timestamptz', 'c interval', 'd real'],
  ['inout', 'a person', 'b item = NULL', 'c mood[] = NULL'],
  ['inout', 'a bytea'],
  ['styled', 'a date', 'b daterange', 'c timestamptz[] = NULL'],
  ['styled', 'a timestamp'],
  ['committed', 'a regclass', 'b numeric = 1.50', "c bytea = '\\x00'"],
  ['committed', 'a company'],
];

interface Parameter {
  readonly name: string | undefined;
  readonly type: string;
  readonly default: string | undefined;
  readonly variadic: boolean;
}

/** A function and random calls of it. */
export interface FuzzedFunction {
  readonly name: string;
  readonly definition: string;
  readonly calls: Arbitrary<FuzzedCall>;
  /** Overloads with the same name and argument types that the same calls could mean. */
  readonly variants: readonly FuzzedVariant[];
}

/** A function in the place of another one. */
interface FuzzedVariant {
  readonly shape: Shape;
  readonly definition: string;
}

/** A call, by WAMP and in SQL. */
export interface FuzzedCall {
  readonly name: string;
  readonly shape: Shape;
  readonly given: Given;
  readonly sql: string;
  /** The number of wrong values. */
  readonly wrong: number;
  /** Whether there are too many or too few of them. */
  readonly misplaced: boolean;
}

/** All the functions. */
export const fuzzedFunctions: readonly FuzzedFunction[] = signatures.map(([shape, ...texts], index) => {
  const parameters = texts.map(parse);
  const name = `fuzz_${index}`;
  const definition = define(name, shape, parameters);
  return { name, definition, calls: callsOf(name, shape, parameters), variants: variantsOf(name, shape, parameters) };
});

/** With other results; and with the names of parameters exchanged, where all are of one type. */
function variantsOf(name: string, shape: Shape, parameters: readonly Parameter[]): FuzzedVariant[] {
  if (isProcedure(shape) || parameters.length === 0 || parameters.some(({ variadic }) => variadic)) return [];
  const isAlike = parameters.every((each) => each.name !== undefined && each.type === parameters[0]?.type);
  const names = parameters.map(({ name }) => name);
  const orders = isAlike && names.length > 1 ? [names, [...names.slice(1), names[0]]] : [names];
  const shapes = ['list', 'first', 'rows', 'table', ...(names.length > 1 ? (['outs'] as const) : [])] as const;
  return orders.flatMap((order) => {
    const renamed = parameters.map((each, index) => ({ ...each, name: order[index] }));
    return shapes.map((variant) => ({ shape: variant, definition: define(name, variant, renamed) }));
  });
}

function parse(text: ParameterText): Parameter {
  const {
    variadic,
    name,
    type = '',
    value,
  } = /^(?<variadic>\*?)(?<name>"(?:[^"]|"")*"|[a-z]+ (?!precision))? ?(?<type>[^=]+?)(?: = (?<value>.*))?$/.exec(text)
    ?.groups ?? {};
  return { name: name?.trim(), type, default: value, variadic: variadic === '*' };
}

function define(name: string, shape: Shape, parameters: readonly Parameter[]): string {
  const inputs = parameters.map((each) => {
    const type = each.variadic ? `${each.type}[]` : each.type;
    return `${each.variadic ? 'VARIADIC ' : ''}${each.name ?? ''} ${type}${each.default ? ` DEFAULT ${each.default}` : ''}`;
  });
  const all = parameters.map((_, index) => `$${index + 1}`).join(', ');
  const columns = parameters.map(({ type, variadic }, index) => `column_${index} ${type}${variadic ? '[]' : ''}`);
  if (isProcedure(shape)) return defineProcedure(name, shape, inputs, parameters);
  const outs = shape === 'outs' ? columns.map((column) => `OUT ${column}`) : [];
  const first = parameters[0]?.type;
  const [returns, body] = {
    list: ['json', `SELECT json_build_array(${all})`],
    first: [first, 'SELECT $1'],
    rows: [`SETOF ${first}`, 'VALUES ($1), (NULL), ($1)'],
    outs: ['record', `SELECT ${all}`],
    table: [`TABLE (${columns.join(', ')})`, `VALUES (${all}), (${all})`],
  }[shape];
  return `CREATE FUNCTION ${name}(${[...inputs, ...outs].join(', ')}) RETURNS ${returns} LANGUAGE sql AS $$ ${body} $$;`;
}

type ProcedureShape = 'inout' | 'styled' | 'committed';

function isProcedure(shape: Shape): shape is ProcedureShape {
  return shape === 'inout' || shape === 'styled' || shape === 'committed';
}

/** A procedure, and a function that does the same, because SQL cannot convert the result of CALL to JSON. */
function defineProcedure(
  name: string,
  shape: ProcedureShape,
  inputs: readonly string[],
  parameters: readonly Parameter[],
): string {
  const list = inputs.map((input) => `INOUT ${input}`).join(', ');
  const set = `PERFORM pg_catalog.set_config('DateStyle', 'SQL, DMY', true);`;
  const body = { inout: '', styled: set, committed: 'COMMIT;' }[shape];
  const returns = parameters.length === 1 ? parameters[0]?.type : 'record';
  const twin = `CREATE FUNCTION ${name}_twin(${list}) RETURNS ${returns} LANGUAGE plpgsql AS $$ BEGIN ${shape === 'styled' ? set : ''} END $$;`;
  return `CREATE PROCEDURE ${name}(${list}) LANGUAGE plpgsql AS $$ BEGIN ${body} END $$; ${twin}`;
}

/**
 * Positional arguments, then named ones. Sometimes omits arguments with a default, and rarely one without a default.
 */
function callsOf(name: string, shape: Shape, parameters: readonly Parameter[]): Arbitrary<FuzzedCall> {
  const single = parameters.filter(({ variadic }) => !variadic);
  const last = parameters.find(({ variadic }) => variadic);
  const names = single.findLastIndex((parameter) => parameter.name === undefined) + 1;
  return fc
    .record({
      values: fc.tuple(...single.map(({ type }) => valuesOf(type))),
      positional: fc.integer({ min: names, max: single.length }),
      keep: fc.tuple(...single.map((each) => fc.integer({ min: 0, max: each.default ? 1 : 60 }))),
      rest: last ? fc.array(valuesOf(last.type), { maxLength: 4 }) : fc.constant(undefined),
      list: fc.boolean(),
      surplus: fc.integer({ min: 0, max: 80 }),
    })
    .map(({ values, positional, keep, rest, list, surplus }) => {
      const call = new Call();
      let leavesOut = false;
      single.forEach((parameter, index) => {
        const value = values[index];
        if (!value) return;
        if (index < positional) call.add(value);
        else if (keep[index] !== 0 && parameter.name) {
          call.name(parameter.name, value, last !== undefined);
          if (last && leavesOut) call.stranded();
        } else if (!parameter.default) call.misplaced = true;
        else leavesOut = true;
      });
      // Before an argument of a function with VARIADIC, SQL leaves out no other.
      if (last && leavesOut && rest?.length) call.stranded();
      if (last?.name && rest && !(leavesOut && rest.length === 0))
        call.gather(last.name, last.type, rest, list || positional < single.length);
      if (surplus === 0 && positional === single.length && !last) call.surplus();
      if (surplus === 1) call.stranger();
      const { args, kwargs, sql, wrong, misplaced } = call;
      const called = isProcedure(shape) ? `${name}_twin` : name;
      return { name, shape, given: { args, kwargs }, sql: `public.${called}(${sql.join(', ')})`, wrong, misplaced };
    });
}

function valuesOf(type: string): Arbitrary<SqlValue> {
  const values = sqlValues[type];
  if (!values) throw new Error(`there are no values of ${type}`);
  return values;
}

class Call {
  readonly args: unknown[] = [];
  readonly kwargs: Record<string, unknown> = {};
  readonly sql: string[] = [];
  wrong = 0;
  misplaced = false;

  add({ wamp, sql, wrong }: SqlValue): void {
    this.args.push(wamp);
    this.sql.push(sql);
    this.wrong += wrong;
  }

  name(name: string, { wamp, sql, wrong }: SqlValue, byPosition = false): void {
    this.kwargs[name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name] = wamp;
    this.sql.push(byPosition ? sql : `${name} => ${sql}`);
    this.wrong += wrong;
  }

  /** VARIADIC, as a list by name or as single arguments. */
  gather(name: string, type: string, items: readonly SqlValue[], byName: boolean): void {
    if (!byName && items.length > 0) {
      for (const item of items) this.add(item);
      return;
    }
    this.sql.push(`VARIADIC ARRAY[${items.map(({ sql }) => sql).join(', ')}]::${qualified(type)}[]`);
    if (items.length > 0) this.kwargs[name] = items.map(({ wamp }) => wamp);
    this.wrong += items.reduce((sum, { wrong }) => sum + wrong, 0);
  }

  surplus(): void {
    this.add({ wamp: 1, sql: '1', wrong: 0 });
    this.misplaced = true;
  }

  /** Arguments after an omitted one, which therefore cannot be given. */
  stranded(): void {
    this.sql.push('stranded => 1');
    this.misplaced = true;
  }

  stranger(): void {
    this.name('stranger', { wamp: 1, sql: '1', wrong: 0 });
    this.misplaced = true;
  }
}
