import { createHash } from 'node:crypto';
import type { Connection } from '../../postgres/index.ts';
import { type Catalogue, type CatalogueParameter, type CatalogueRoutine, readCatalogue } from './catalogue.ts';
import { guardOf } from './guard.ts';
import { isBinary, type PgType } from './pg-type.ts';
import type { Parameter, Result, Routine, Unusable } from './routine.ts';
import { TypeReader } from './type-reader.ts';

/**
 * Reads any number of functions and procedures with one query.
 *
 * @param connection a session of pgwamp. Its `search_path` is empty afterwards.
 * @param signatures texts of `regprocedure` under an empty `search_path`, such as `public.add2(integer,integer)`.
 * @returns for each signature the function, or the reason why it cannot be called.
 */
export async function readRoutines(
  connection: Connection,
  signatures: readonly string[],
): Promise<ReadonlyMap<string, Routine | Unusable>> {
  const names = new Set(signatures.map(bareName).filter((name) => name !== undefined));
  const catalogue = await readCatalogue(connection, [...names], signatures);
  const types = new TypeReader(catalogue.types);
  const found = new Map(catalogue.routines.map((routine) => [routine.signature, routine]));
  return new Map(
    signatures.map((signature) => {
      const routine = found.get(signature);
      return [signature, routine ? describe(routine, types) : missing(signature, catalogue)];
    }),
  );
}

function describe(found: CatalogueRoutine, types: TypeReader): Routine | Unusable {
  const problem = whyUnusable(found, types);
  if (problem !== undefined) return { problem: `${found.signature} ${problem}` };
  const { oid, signature, owner, name } = found;
  const kind = found.kind === 'p' ? 'procedure' : 'function';
  const inputs = found.parameters.filter(takesArgument);
  const optional = new Set(found.defaults > 0 ? inputs.slice(-found.defaults) : []);
  const parameters = found.parameters
    .filter(({ mode }) => isOfCall(kind, mode))
    .map((each) => parameter(each, types, optional.has(each)));
  const form: Routine['form'] = isRaw(parameters) ? 'raw' : 'arguments';
  const gives = result(found, types);
  const used = [...parameters.map(({ type }) => type), ...(gives.shape === 'none' ? [] : [gives.type])];
  const guard = guardOf(oid, kind, found.stamp, used);
  const routine = { oid, signature, owner, kind, form, name, parameters, result: gives, guard } as const;
  return { ...routine, fingerprint: createHash('sha1').update(JSON.stringify(routine)).digest('base64') };
}

const kinds = { a: 'an aggregate', w: 'a window function' };

function whyUnusable({ kind, parameters, returns, set }: CatalogueRoutine, types: TypeReader): string | undefined {
  if (kind === 'a' || kind === 'w') return `is ${kinds[kind]}, which cannot be called by itself`;
  const pseudo = parameters.find((each) => takesArgument(each) && types.isPseudo(each.type));
  if (pseudo) return `takes ${types.nameOf(pseudo.type)}, for which a caller cannot pass a value`;
  const out =
    kind === 'p'
      ? parameters.find((each) => isOut(each) && (types.isPseudo(each.type) || !canBeGiven(types.read(each.type))))
      : undefined;
  if (out) return `gives ${types.nameOf(out.type)}, which a procedure cannot return; use a function`;
  const given = types.nameOf(returns);
  const isAnyRow = given === 'record' && !parameters.some(isOut);
  if (set && isAnyRow) return 'returns SETOF record, whose columns only SQL can name';
  if (types.isPseudo(returns) && given !== 'void' && given !== 'record') {
    return `returns ${given}, which a caller cannot receive`;
  }
  return undefined;
}

function missing(signature: string, { signatures }: Catalogue): Unusable {
  const name = qualifiedName(signature);
  const others = signatures.filter((other) => qualifiedName(other) === name);
  const hint = others.length > 0 ? `; there is ${others.join(', ')}` : '';
  return { problem: `${signature} does not exist${hint}` };
}

const modes = { i: 'in', b: 'inout', v: 'variadic', o: 'out', t: 'out' } as const;

function parameter(found: CatalogueParameter, types: TypeReader, optional: boolean): Parameter {
  return {
    ...(found.name !== null && { name: found.name }),
    type: types.read(found.type),
    mode: modes[found.mode],
    optional,
  };
}

function takesArgument({ mode }: CatalogueParameter): boolean {
  return mode !== 'o' && mode !== 't';
}

/**
 * Whether the value that CALL returns can be passed to a second statement. The second statement does not know the
 * column types of an anonymous row, and the text of a row depends on settings that the procedure may have changed.
 */
function canBeGiven(type: PgType): boolean {
  if (type.kind === 'composite') return type.relation !== 0 && isBinary(type);
  return type.kind !== 'array' || isBinary(type) || isPlain(type.element);
}

function isPlain({ kind }: PgType): boolean {
  return kind !== 'array' && kind !== 'composite';
}

function isOut({ mode }: CatalogueParameter): boolean {
  return mode === 'o' || mode === 'b' || mode === 't';
}

/** CALL takes OUT parameters, SELECT does not. */
function isOfCall(kind: Routine['kind'], mode: CatalogueParameter['mode']): boolean {
  return mode !== 't' && (kind === 'procedure' || mode !== 'o');
}

function isRaw(parameters: readonly Parameter[]): boolean {
  const names = parameters.map(({ name }) => name ?? '').join();
  const takesThree = parameters.length === 3 && (names === 'args,kwargs,details' || names === ',,');
  return takesThree && parameters.every(({ type, mode }) => type.name === 'jsonb' && mode === 'in');
}

function result(found: CatalogueRoutine, types: TypeReader): Result {
  const outs = found.parameters.filter(isOut);
  const returnsNothing = found.kind === 'p' ? outs.length === 0 : types.nameOf(found.returns) === 'void';
  if (returnsNothing) return { shape: 'none' };
  const type = outs.length > 0 ? outType(outs, types) : types.read(found.returns);
  if (found.set) return { shape: 'rows', type };
  return { shape: type.name === 'crossbar.result' ? 'result' : 'value', type };
}

/** The type of all OUT parameters together: the type of the only one, or a row type. */
function outType(outs: readonly CatalogueParameter[], types: TypeReader): PgType {
  if (outs.length === 1 && outs[0]) return types.read(outs[0].type);
  // PostgreSQL names an unnamed column by its position among the OUT parameters.
  const attributes = outs.map(({ name, type }, index) => ({
    name: name ?? `column${index + 1}`,
    type: types.read(type),
  }));
  return { kind: 'composite', oid: 2249, relation: 0, name: 'record', attributes };
}

const identifier = '"(?:[^"]|"")*"|[^".(]+';
const namePattern = new RegExp(`^(?:(?:${identifier})\\.)?(${identifier})(?=\\()`);

function qualifiedName(signature: string): string | undefined {
  return namePattern.exec(signature)?.[0];
}

/** The name of the function as in `pg_proc`. */
function bareName(signature: string): string | undefined {
  const name = namePattern.exec(signature)?.[1];
  return name?.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name;
}
