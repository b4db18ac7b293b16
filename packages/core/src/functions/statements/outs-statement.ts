import type { Routine } from '../routines/routine.ts';
import { selectJson } from './call-statement.ts';
import type { ResultRow } from './result-payload.ts';

/**
 * The statement that makes JSON of what a procedure gave: CALL stands alone, so its columns come as text and go back once more. Its row
 * is what `rowPayload` takes. Undefined for a function, and for a procedure that gives nothing.
 *
 * @param row the columns that CALL returned.
 */
export function outsStatement({ kind, parameters, result }: Routine, row: ResultRow) {
  if (kind === 'function' || result.shape === 'none') return undefined;
  const outs = parameters.filter(({ mode }) => mode === 'out' || mode === 'inout');
  const columns = outs.map(({ type }, index) => `$${index + 1}::${type.name}`);
  const text = columns.length === 1 ? selectJson(result, columns.join()) : selectObject(result, columns);
  return { text, values: row };
}

function selectObject({ type }: Extract<Routine['result'], { type: unknown }>, columns: readonly string[]): string {
  const names = type.kind === 'composite' ? type.attributes.map(({ name }) => quotedIdentifier(name)) : [];
  const list = columns.map((column, index) => `${column} AS ${names[index]}`);
  // "outs.*" is the row, even where one of its columns is called "outs".
  return `SELECT pg_catalog.to_json(outs.*) FROM (SELECT ${list.join(', ')}) AS outs`;
}

function quotedIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
