import type { FollowUp, ParameterValue, Statement } from '../../postgres/index.ts';
import { isBinary, type PgType } from '../routines/pg-type.ts';
import type { Routine } from '../routines/routine.ts';
import { quotedIdentifier, selectJson } from './call-statement.ts';

/**
 * What follows the CALL of a procedure: the statement that makes JSON of what it gave, as of what a function returns, in the same transaction
 * unless the procedure has committed. CALL stands alone, so its columns go back once more, in binary format: their text would depend on
 * `DateStyle`, `TimeZone` and `search_path`, any of which the procedure may have changed in between. (A type without binary format goes as
 * text.) Its row is what `rowPayload` takes. Undefined for a function, and for a procedure that gives nothing.
 */
export function outsOf({ kind, parameters, result }: Routine): FollowUp | undefined {
  if (kind === 'function' || result.shape === 'none') return undefined;
  const outs = parameters.filter(({ mode }) => mode === 'out' || mode === 'inout').map(({ type }) => type);
  const columns = outs.map((_, index) => `$${index + 1}`);
  const text = columns.length === 1 ? selectJson(result, columns.join()) : selectObject(result.type, columns);
  const binary = outs.map(isBinary);
  return {
    binary,
    statement: (row): Statement => ({
      text,
      types: outs.map(({ oid }) => oid),
      values: row.map((bytes, index): ParameterValue => (bytes === null || binary[index] ? bytes : bytes.toString())),
    }),
  };
}

function selectObject(type: PgType, columns: readonly string[]): string {
  const names = type.kind === 'composite' ? type.attributes.map(({ name }) => quotedIdentifier(name)) : [];
  const list = columns.map((column, index) => `${column} AS ${names[index]}`);
  // "outs.*" is the row, even where one of its columns is called "outs".
  return `SELECT pg_catalog.to_json(outs.*) FROM (SELECT ${list.join(', ')}) AS outs`;
}
