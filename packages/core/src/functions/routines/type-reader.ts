import type { Catalogue, CatalogueType } from './catalogue.ts';
import type { PgType } from './pg-type.ts';

/** Makes types of what the system catalogues say; each type once, however often it is used. */
export class TypeReader {
  readonly #found: Catalogue['types'];
  readonly #types = new Map<string, PgType>();

  constructor(found: Catalogue['types']) {
    this.#found = found;
  }

  /** Whether a type stands for others, such as `anyelement`, or has no values of its own, such as `trigger`. */
  isPseudo(oid: string): boolean {
    return this.#found[oid]?.kind === 'pseudo';
  }

  /** The name of a type for people, and for a cast. */
  nameOf(oid: string): string {
    return this.#found[oid]?.name ?? oid;
  }

  /** The type of an oid. */
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
