/**
 * A type of PostgreSQL, as far as JSON has to know of it: how a value of it is written, and where bytes are in it. A domain is its base
 * type with the domain's name.
 */
export type PgType = PlainType | ArrayType | CompositeType;

interface Identified {
  /** What statements call it by: unlike a name, it stays when a type or its schema is renamed, and needs no right on the schema. */
  readonly oid: number;
  /** For people: qualified where it is not of `pg_catalog`, and quoted. */
  readonly name: string;
}

/** A type whose values are one text: numbers, dates, enums, ranges, … (`scalar`), documents (`json`) or bytes. */
export interface PlainType extends Identified {
  /** `json` is `jsonb` too. */
  readonly kind: 'scalar' | 'json' | 'bytea';
  /** Whether its values have a binary format. */
  readonly binary: boolean;
}

/** An array of any dimension: PostgreSQL does not tell them apart. */
export interface ArrayType extends Identified {
  readonly kind: 'array';
  readonly element: PgType;
  /** What stands between elements in the array's text: a comma, but for `box`. */
  readonly delimiter: string;
}

/** A row type: of a table, of `CREATE TYPE`, or of the OUT parameters of a function. */
export interface CompositeType extends Identified {
  readonly kind: 'composite';
  /** The oid of its relation in `pg_class`; 0 for the OUT parameters of a function. */
  readonly relation: number;
  readonly attributes: readonly Attribute[];
}

/** A column of a composite type. */
export interface Attribute {
  readonly name: string;
  readonly type: PgType;
}

/** Whether all values of a type have a binary format, which no setting changes. */
export function isBinary(type: PgType): boolean {
  switch (type.kind) {
    case 'array':
      return isBinary(type.element);
    case 'composite':
      return type.attributes.every((attribute) => isBinary(attribute.type));
    default:
      return type.binary;
  }
}
