import type { WalTable } from '@pgwamp/core/internal/sources';
import type { Query } from './type-catalog.ts';

/** A column of a table. */
export type Column = WalTable['columns'][number];

/** The properties of a column that only the catalog contains. */
export interface ColumnFacts {
  /** Its number; dropped columns are counted as well. */
  readonly position: number;
  readonly isRequired: boolean;
  readonly isPrimaryKey: boolean;
  /** Its default as SQL; null if it has none or is generated. */
  readonly default: string | null;
  readonly type: ColumnType;
  /** For a domain, its base type. */
  readonly base: ColumnType | undefined;
}

/** A type of a column. */
interface ColumnType {
  readonly oid: number;
  /** In SQL notation with its modifier: `character varying(20)`. */
  readonly text: string;
  /** The name in `pg_type`: `varchar`. */
  readonly name: string;
}

interface AttributeRow {
  readonly name: string;
  readonly position: number;
  readonly required: boolean;
  readonly primary: boolean;
  readonly default: string | null;
}

interface TypeRow {
  readonly text: string;
  readonly name: string;
  readonly baseOid: string | null;
  readonly baseText: string | null;
  readonly baseName: string | null;
}

/**
 * Type names and defaults depend on `search_path`, so they are read with the `search_path` of the role. Every function
 * and operator below is qualified, since that path may contain others with the same names.
 */
const pathOfRole = `SELECT pg_catalog.set_config('search_path', reset_val, true) FROM pg_catalog.pg_settings
  WHERE name OPERATOR(pg_catalog.=) 'search_path'`;

/**
 * The catalog data of the columns of tables in their present state: for a column dropped since, only its type is known.
 */
export class ColumnCatalog {
  readonly #query: Query;
  readonly #tables = new WeakMap<WalTable, readonly ColumnFacts[]>();

  constructor(query: Query) {
    this.#query = query;
  }

  /** The properties of the columns of a table that was {@link prepare}d. */
  facts(table: WalTable): readonly ColumnFacts[] {
    return this.#tables.get(table) ?? [];
  }

  /** Reads the columns of a table; undefined if that was done before. */
  prepare(table: WalTable): Promise<void> | undefined {
    return this.#tables.has(table) ? undefined : this.#look(table);
  }

  async #look(table: WalTable): Promise<void> {
    const attributes = await this.#query<AttributeRow>(attributesQuery(table));
    const types = await this.#query<TypeRow>(typesQuery(table));
    const byName = new Map(attributes.map((attribute) => [attribute.name, attribute]));
    const facts = table.columns.map(({ name, typeOid }, index): ColumnFacts => {
      const attribute = byName.get(name);
      const { text = 'unknown', name: typeName = 'unknown', baseOid, baseText, baseName } = types[index] ?? {};
      return {
        position: attribute?.position ?? index + 1,
        isRequired: attribute?.required ?? false,
        isPrimaryKey: attribute?.primary ?? false,
        default: attribute?.default ?? null,
        type: { oid: typeOid, text, name: typeName },
        base: baseOid && baseText && baseName ? { oid: Number(baseOid), text: baseText, name: baseName } : undefined,
      };
    });
    this.#tables.set(table, facts);
  }
}

function attributesQuery({ oid }: WalTable): string {
  return `${pathOfRole};
SELECT attribute.attname AS name, attribute.attnum AS position, attribute.attnotnull AS required,
    EXISTS (SELECT FROM pg_catalog.pg_index WHERE indrelid OPERATOR(pg_catalog.=) attribute.attrelid AND indisprimary
      AND attribute.attnum OPERATOR(pg_catalog.=) ANY (indkey::pg_catalog.int2[])) AS primary,
    CASE WHEN attribute.attgenerated OPERATOR(pg_catalog.=) ''::pg_catalog."char"
      THEN pg_catalog.pg_get_expr(definition.adbin, definition.adrelid) END AS default
  FROM pg_catalog.pg_attribute AS attribute LEFT JOIN pg_catalog.pg_attrdef AS definition
    ON definition.adrelid OPERATOR(pg_catalog.=) attribute.attrelid AND definition.adnum OPERATOR(pg_catalog.=) attribute.attnum
  WHERE attribute.attrelid OPERATOR(pg_catalog.=) ${oid}::pg_catalog.oid
    AND attribute.attnum OPERATOR(pg_catalog.>) 0::pg_catalog.int2 AND NOT attribute.attisdropped`;
}

function typesQuery({ columns }: WalTable): string {
  const oids = columns.map(({ typeOid }) => typeOid).join(',');
  const modifiers = columns.map(({ typeModifier }) => typeModifier).join(',');
  return `${pathOfRole};
SELECT pg_catalog.format_type(used.type, used.modifier) AS text, coalesce(pg_type.typname, 'unknown'::pg_catalog.name) AS name,
    base.oid::pg_catalog.text AS "baseOid", CASE WHEN base.oid IS NOT NULL
      THEN pg_catalog.format_type(pg_type.typbasetype, pg_type.typtypmod) END AS "baseText", base.typname AS "baseName"
  FROM ROWS FROM (pg_catalog.unnest('{${oids}}'::pg_catalog.oid[]), pg_catalog.unnest('{${modifiers}}'::pg_catalog.int4[]))
      WITH ORDINALITY AS used (type, modifier, number)
    LEFT JOIN pg_catalog.pg_type ON pg_type.oid OPERATOR(pg_catalog.=) used.type
    LEFT JOIN pg_catalog.pg_type AS base ON base.oid OPERATOR(pg_catalog.=) pg_type.typbasetype
  ORDER BY used.number`;
}
