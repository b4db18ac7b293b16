import { type FollowUp, type ParameterValue, quotedIdentifier, type Statement } from '../../postgres/index.ts';
import { isBinary, type PgType } from '../routines/pg-type.ts';
import type { Routine } from '../routines/routine.ts';
import { selectJson } from './call-statement.ts';

/**
 * Returns the statement that follows the CALL of a procedure and converts its output to JSON, in the same way as the
 * result of a function. It runs in the same transaction, unless the procedure has committed. CALL cannot be part of
 * another statement, so its columns are sent back to PostgreSQL, in binary format: their text would depend on
 * `DateStyle`, `TimeZone` and `search_path`, which the procedure may have changed. (A type without a binary format is
 * sent as text.) `rowPayload` reads its row. Undefined for a function, and for a procedure without output.
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
  // "outs.*" is the whole row, even if one of its columns is named "outs".
  return `SELECT pg_catalog.to_json(outs.*) FROM (SELECT ${list.join(', ')}) AS outs`;
}
