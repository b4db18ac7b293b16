import { quotedIdentifier, quotedLiteral } from '../../postgres/index.ts';
import { changedMarker, isChangedError } from './guard.ts';
import { takenOver, type Unusable } from './routine.ts';

/** Runs a query of the catalog. */
type Query = <Row extends object>(statement: string, parameters?: readonly unknown[]) => Promise<readonly Row[]>;

/** A function as it was found. */
export interface FoundFunction {
  readonly oid: string;
  /** The qualified and quoted name. */
  readonly name: string;
  /** The types of its parameters, which have to be written in a call. */
  readonly types: readonly string[];
  /** Its name with its types, for messages. */
  readonly label: string;
  /** An SQL condition of the calling statement that fails if the function now belongs to another role. */
  readonly guard: string;
}

/**
 * A function that a configuration names. No registration keeps its owner, so this object does: it accepts the function
 * that it found first, and later only functions of the same owner. See {@link takenOver}.
 *
 * @example
 * ```ts
 * const routing = new NamedFunction('shop.route', [['jsonb']]);
 * const found = await routing.find((statement, values) => connection.query(statement, values));
 * if (isUsable(found)) console.log(`SELECT ${found.name}($1::${found.types[0]}) WHERE ${found.guard}`);
 * ```
 */
export class NamedFunction {
  readonly #schema: string;
  readonly #name: string;
  readonly #parameters: readonly (readonly string[])[];
  #owner: string | undefined;
  #found: FoundFunction | undefined;

  /**
   * @param name its schema and its name, separated by a dot.
   * @param parameters the types of its parameters, as in `pg_catalog`; several lists if there is a choice, the preferred
   *   one first.
   */
  constructor(name: string, parameters: readonly (readonly string[])[]) {
    const [schema = '', own = ''] = name.split('.');
    this.#schema = schema;
    this.#name = own;
    this.#parameters = parameters;
  }

  /** The function for a call; it is looked up if that was not possible before. */
  async current(query: Query): Promise<FoundFunction | Unusable> {
    return this.#found ?? this.find(query);
  }

  /** Looks the function up. */
  async find(query: Query): Promise<FoundFunction | Unusable> {
    this.#found = undefined;
    const choices = this.#parameters.map((types) => types.join(', '));
    const values = [this.#schema, this.#name, choices, this.#owner ?? null];
    const [row] = await query<{ oid: string; types: string; owner: string }>(lookUp, values);
    const labelOf = (types: string) => `${this.#schema}.${this.#name}(${types})`;
    if (!row) {
      const others = await query<{ types: string }>(lookUpOthers, [this.#schema, this.#name]);
      const existing = others.length > 0 ? `; there is ${others.map((it) => labelOf(it.types)).join(', ')}` : '';
      return {
        problem: `function ${choices.map(labelOf).join(' or ')} does not exist${existing}; create it, or correct the name`,
      };
    }
    const { oid, types, owner } = row;
    const label = labelOf(types);
    const problem = takenOver({ signature: label, owner }, this.#owner, 'it was first found');
    if (problem !== undefined) return { problem: `${problem}; restart if it may be called` };
    this.#owner = owner;
    const name = `${quotedIdentifier(this.#schema)}.${quotedIdentifier(this.#name)}`;
    const found = { oid, name, label, types: types.split(', ').map((type) => `pg_catalog.${type}`) };
    this.#found = { ...found, guard: this.#guard(types, owner) };
    return this.#found;
  }

  #guard(types: string, owner: string): string {
    return `(CASE WHEN (SELECT pg_catalog.pg_get_userbyid(proowner) OPERATOR(pg_catalog.=) ${quotedLiteral(owner)}::pg_catalog.name
      FROM pg_catalog.pg_proc JOIN pg_catalog.pg_namespace ON pg_namespace.oid OPERATOR(pg_catalog.=) pronamespace
      WHERE nspname OPERATOR(pg_catalog.=) ${quotedLiteral(this.#schema)}::pg_catalog.name AND proname OPERATOR(pg_catalog.=) ${quotedLiteral(this.#name)}::pg_catalog.name
        AND pg_catalog.oidvectortypes(proargtypes) OPERATOR(pg_catalog.=) ${quotedLiteral(types)}::pg_catalog.text
      ) THEN 'true' ELSE '${changedMarker}' END)::pg_catalog.bool`;
  }
}

/**
 * Whether a failed call may mean that the function is missing, may not be called, or belongs to another role: the
 * function itself, or one that it calls.
 */
export function concernsFunction(error: Parameters<typeof isChangedError>[0]): boolean {
  return isChangedError(error) || /^(42|3F)/.test(error.code ?? '');
}

/** A function of the former owner comes first, so that nobody can add a preferred one. */
const lookUp = `SELECT pg_proc.oid::text, types, pg_get_userbyid(proowner)::text AS owner
  FROM pg_proc JOIN pg_namespace ON pg_namespace.oid = pronamespace
    JOIN unnest($3::text[]) WITH ORDINALITY AS choices (types, choice) ON types = oidvectortypes(proargtypes)
  WHERE nspname = $1 AND proname = $2 ORDER BY pg_get_userbyid(proowner) IS DISTINCT FROM $4::name, choice LIMIT 1`;

/** The functions of that name with other parameters. */
const lookUpOthers = `SELECT oidvectortypes(proargtypes) AS types
  FROM pg_proc JOIN pg_namespace ON pg_namespace.oid = pronamespace WHERE nspname = $1 AND proname = $2
  ORDER BY pg_proc.oid LIMIT 5`;
