/**
 * A type of PostgreSQL, with the properties that are needed to convert its values to JSON and to find bytes in them. A
 * domain has its own name and the properties of its base type.
 */
export type PgType = PlainType | ArrayType | CompositeType;

interface Identified {
  /**
   * Identifies the type in statements. Unlike a name, the oid stays the same if the type or its schema is renamed, and
   * it needs no privilege on the schema.
   */
  readonly oid: number;
  /** The name for messages: qualified unless it is in `pg_catalog`, and quoted. */
  readonly name: string;
}

/** A type whose values are a single text: numbers, dates, enums, ranges, … (`scalar`), documents (`json`) or bytes. */
export interface PlainType extends Identified {
  /** `json` also stands for `jsonb`. */
  readonly kind: 'scalar' | 'json' | 'bytea';
  /** Whether its values have a binary format. */
  readonly binary: boolean;
}

/** An array type. PostgreSQL does not distinguish arrays by their dimensions. */
export interface ArrayType extends Identified {
  readonly kind: 'array';
  readonly element: PgType;
  /** The delimiter of elements in the array's text: a comma, or a semicolon for `box`. */
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

/** Whether all values of a type have a binary format. No setting changes that format. */
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
