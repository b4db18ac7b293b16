/**
 * A type of PostgreSQL, as far as JSON has to know of it: how a value of it is written, and where bytes are in it. A domain is its base
 * type with the domain's name.
 */
export type PgType = PlainType | ArrayType | CompositeType;

interface Named {
  /** Qualified where it is not of `pg_catalog`, and quoted: what a cast takes. */
  readonly name: string;
}

/** A type whose values are one text: numbers, dates, enums, ranges, … (`scalar`), documents (`json`) or bytes. */
export interface PlainType extends Named {
  /** `json` is `jsonb` too. */
  readonly kind: 'scalar' | 'json' | 'bytea';
}

/** An array of any dimension: PostgreSQL does not tell them apart. */
export interface ArrayType extends Named {
  readonly kind: 'array';
  readonly element: PgType;
  /** What stands between elements in the array's text: a comma, but for `box`. */
  readonly delimiter: string;
}

/** A row type: of a table, of `CREATE TYPE`, or of the OUT parameters of a function. */
export interface CompositeType extends Named {
  readonly kind: 'composite';
  readonly attributes: readonly Attribute[];
}

/** A column of a composite type. */
export interface Attribute {
  readonly name: string;
  readonly type: PgType;
}
