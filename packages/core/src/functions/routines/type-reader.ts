import type { Catalogue, CatalogueType } from './catalogue.ts';
import type { PgType } from './pg-type.ts';

/** Creates types from the system catalogs. A type that is used repeatedly is created once. */
export class TypeReader {
  readonly #found: Catalogue['types'];
  readonly #types = new Map<string, PgType>();

  constructor(found: Catalogue['types']) {
    this.#found = found;
  }

  /** Whether a type is polymorphic, such as `anyelement`, or has no values, such as `trigger`. */
  isPseudo(oid: string): boolean {
    return this.#found[oid]?.kind === 'pseudo';
  }

  /** The name of a type for messages and casts. */
  nameOf(oid: string): string {
    return this.#found[oid]?.name ?? oid;
  }

  /** Returns the type with an oid. */
  read(oid: string): PgType {
    const known = this.#types.get(oid);
    if (known) return known;
    const found = this.#found[oid];
    const type: PgType = found
      ? this.#make(Number(oid), found)
      : { kind: 'scalar', oid: Number(oid), name: this.nameOf(oid), binary: false };
    this.#types.set(oid, type);
    return type;
  }

  #make(oid: number, found: CatalogueType): PgType {
    const { name, kind, of, delimiter, relation, binary } = found;
    switch (kind) {
      case 'domain':
        return { ...this.read(of), oid, name };
      case 'array':
        return { kind, oid, name, element: this.read(of), delimiter };
      case 'composite':
        return { kind, oid, name, relation, attributes: this.#attributes(found) };
      default:
        return { kind: kind === 'pseudo' ? 'scalar' : kind, oid, name, binary };
    }
  }

  #attributes({ attributes }: CatalogueType) {
    return (attributes ?? []).map(({ name, type }) => ({ name, type: this.read(type) }));
  }
}
