import type { WalTable } from '@pgwamp/core/internal/sources';

/** Queries PostgreSQL in a session whose `search_path` contains only pg_catalog. */
export type Query = <Row extends object>(statement: string, parameters?: readonly unknown[]) => Promise<readonly Row[]>;

/** The structure of a type's text. */
export type TypeShape =
  | { readonly kind: 'scalar'; readonly oid: number }
  | { readonly kind: 'array'; readonly element: TypeShape; readonly delimiter: string }
  | { readonly kind: 'composite'; readonly attributes: readonly Attribute[] };

/** A column of a composite type. */
interface Attribute {
  readonly name: string;
  readonly type: TypeShape;
}

interface TypeRow {
  readonly oid: number;
  readonly base: number;
  readonly element: number;
  readonly delimiter: string;
  readonly attributes: readonly { readonly name: string; readonly type: number }[] | null;
}

/** Types whose text is used unchanged or has a special form. Other types are looked up. */
const knownScalars = new Set([
  16, 17, 18, 19, 20, 21, 22, 23, 25, 26, 30, 114, 142, 600, 650, 700, 701, 790, 829, 869, 1042, 1043, 1082, 1083, 1114,
  1184, 1186, 1266, 1560, 1562, 1700, 2950, 3220, 3614, 3615, 3802, 3904, 3906, 3908, 3910, 3912, 3926, 4072,
]);

/** Only true arrays, which one function reads; other types with elements, such as `point`, are not arrays. */
const typesQuery = `SELECT pg_type.oid::int8::float8 AS oid, pg_type.typbasetype::int8::float8 AS base,
    CASE WHEN pg_type.typsubscript = 'pg_catalog.array_subscript_handler'::regproc THEN pg_type.typelem ELSE 0 END::int8::float8 AS element,
    coalesce(element.typdelim, ',')::text AS delimiter,
    CASE WHEN pg_type.typtype = 'c' THEN (SELECT coalesce(json_agg(json_build_object('name', attname, 'type', atttypid::int8) ORDER BY attnum), '[]')
      FROM pg_attribute WHERE attrelid = pg_type.typrelid AND attnum > 0 AND NOT attisdropped) END AS attributes
  FROM pg_type LEFT JOIN pg_type AS element ON element.oid = pg_type.typelem WHERE pg_type.oid = ANY ($1::oid[])`;

/**
 * The types of tables, from PostgreSQL's catalog. A type that was dropped since its values were written counts as a
 * scalar: its values still exist as text.
 */
export class TypeCatalog {
  readonly #query: Query;
  readonly #tables = new WeakMap<WalTable, readonly TypeShape[]>();

  constructor(query: Query) {
    this.#query = query;
  }

  /** The structures of the columns of a table, as read by {@link prepare}. */
  shapes(table: WalTable): readonly TypeShape[] {
    return this.#tables.get(table) ?? table.columns.map(({ typeOid }) => ({ kind: 'scalar', oid: typeOid }));
  }

  /** Reads the types of a table; undefined if there is nothing to read. A changed table has a new object. */
  prepare(table: WalTable): Promise<void> | undefined {
    if (this.#tables.has(table) || table.columns.every(({ typeOid }) => knownScalars.has(typeOid))) return undefined;
    return this.#look(table);
  }

  async #look(table: WalTable): Promise<void> {
    const found = new Map<number, TypeRow>();
    const wanted = new Set(table.columns.map(({ typeOid }) => typeOid));
    for (let oids = unknown(wanted, found); oids.length > 0; oids = unknown(wanted, found)) {
      const rows = await this.#query<TypeRow>(typesQuery, [oids]);
      for (const row of rows) found.set(row.oid, row);
      for (const oid of oids) wanted.delete(oid);
      for (const { base, element, attributes } of rows) {
        for (const oid of [base, element, ...(attributes ?? []).map(({ type }) => type)]) if (oid > 0) wanted.add(oid);
      }
    }
    const shapes = table.columns.map(({ typeOid }) => shapeOf(typeOid, found));
    this.#tables.set(table, shapes);
  }
}

function unknown(wanted: ReadonlySet<number>, found: ReadonlyMap<number, TypeRow>): number[] {
  return [...wanted].filter((oid) => !knownScalars.has(oid) && !found.has(oid));
}

function shapeOf(oid: number, found: ReadonlyMap<number, TypeRow>): TypeShape {
  const row = found.get(oid);
  if (row === undefined) return { kind: 'scalar', oid };
  if (row.base > 0) return shapeOf(row.base, found);
  if (row.element > 0) return { kind: 'array', element: shapeOf(row.element, found), delimiter: row.delimiter };
  if (row.attributes) {
    const attributes = row.attributes.map(({ name, type }) => ({ name, type: shapeOf(type, found) }));
    return { kind: 'composite', attributes };
  }
  return { kind: 'scalar', oid };
}
