import type { Connection } from '../../postgres/index.ts';
import { type RoutineStamp, routineStamp } from './guard.ts';

/** A type as stored in `pg_type`. */
export interface CatalogueType {
  readonly name: string;
  readonly kind: 'scalar' | 'json' | 'bytea' | 'array' | 'composite' | 'domain' | 'pseudo';
  /** For a domain the oid of its base type, for an array the oid of its element type. */
  readonly of: string;
  readonly delimiter: string;
  /** Whether it has a binary format. */
  readonly binary: boolean;
  /** For a composite type the oid of its relation. */
  readonly relation: number;
  readonly attributes: readonly { readonly name: string; readonly type: string }[] | null;
}

/** A parameter as stored in `pg_proc`. OUT and TABLE columns are parameters as well. */
export interface CatalogueParameter {
  readonly name: string | null;
  /** `i` IN, `b` INOUT, `v` VARIADIC, `o` OUT, `t` TABLE. */
  readonly mode: 'i' | 'b' | 'v' | 'o' | 't';
  readonly type: string;
}

/** A function as stored in `pg_proc`. */
export interface CatalogueRoutine {
  readonly oid: number;
  readonly signature: string;
  readonly owner: string;
  readonly name: string;
  /** `f` function, `p` procedure, `a` aggregate, `w` window function. */
  readonly kind: 'f' | 'p' | 'a' | 'w';
  readonly returns: string;
  readonly set: boolean;
  readonly parameters: readonly CatalogueParameter[];
  /** Number of trailing input parameters with a default. */
  readonly defaults: number;
  readonly stamp: RoutineStamp;
}

/** Functions and types, as read from the system catalogs. */
export interface Catalogue {
  readonly routines: readonly CatalogueRoutine[];
  /** All types that these functions use, directly or nested, by oid. */
  readonly types: Readonly<Record<string, CatalogueType>>;
  /** Signatures of all functions with the given names. */
  readonly signatures: readonly string[];
}

/**
 * Reads functions and their types from the system catalogs. It sets the session's `search_path` to empty, because
 * PostgreSQL then qualifies every name in its output.
 *
 * @param names the unqualified names, for the index on them.
 * @param signatures texts of `regprocedure`. They are only compared, because PostgreSQL 14 fails to parse one with a
 *   dropped type.
 * @see https://www.postgresql.org/docs/current/catalog-pg-proc.html
 */
export async function readCatalogue(
  connection: Connection,
  names: readonly string[],
  signatures: readonly string[],
): Promise<Catalogue> {
  await connection.query(`SET search_path = ''`);
  const [catalogue] = await connection.query<Catalogue>(statement, [names, signatures]);
  return catalogue ?? { routines: [], types: {}, signatures: [] };
}

// The modifier -1 is needed: format_type without a modifier returns "character" for bpchar, which means character(1).
const statement = `
  WITH RECURSIVE candidate AS (
    SELECT oid, oid::regprocedure::text AS signature, proname, pronamespace, proowner, prokind, prorettype, proretset, proargmodes, proargnames, pronargdefaults,
      coalesce(proallargtypes, proargtypes::oid[]) AS types
    FROM pg_proc WHERE proname = ANY ($1)
  ), chosen AS (
    SELECT * FROM candidate WHERE signature = ANY ($2)
  ), used (oid) AS (
    SELECT unnest(types || prorettype) FROM chosen
    UNION
    SELECT part.oid FROM used JOIN pg_type AS type ON type.oid = used.oid CROSS JOIN LATERAL (
      SELECT typelem WHERE typinput = 'array_in'::regproc
      UNION ALL SELECT typbasetype WHERE typtype = 'd'
      UNION ALL SELECT atttypid FROM pg_attribute WHERE typtype = 'c' AND attrelid = typrelid AND attnum > 0 AND NOT attisdropped
    ) AS part (oid)
  )
  SELECT (
    SELECT coalesce(json_agg(signature), '[]') FROM candidate
  ) AS signatures, (
    SELECT coalesce(json_agg(json_build_object(
      'oid', oid::bigint, 'signature', signature, 'owner', pg_get_userbyid(proowner), 'kind', prokind, 'returns', prorettype, 'set', proretset,
      'name', format('%I.%I', (SELECT nspname FROM pg_namespace WHERE oid = pronamespace), proname),
      'defaults', pronargdefaults, 'stamp', ${routineStamp},
      'parameters', (
        SELECT coalesce(json_agg(json_build_object(
          'name', nullif(proargnames[n], ''), 'mode', coalesce(proargmodes[n], 'i'), 'type', type) ORDER BY n), '[]')
        FROM unnest(types) WITH ORDINALITY AS parameter (type, n)))), '[]')
    FROM chosen
  ) AS routines, (
    SELECT coalesce(json_object_agg(type.oid, json_build_object(
      'name', format_type(type.oid, -1), 'of', CASE typtype WHEN 'd' THEN typbasetype ELSE typelem END,
      'binary', typsend <> 0 AND typreceive <> 0, 'relation', typrelid::bigint,
      'delimiter', (SELECT element.typdelim FROM pg_type AS element WHERE element.oid = type.typelem),
      'kind', CASE WHEN typtype = 'd' THEN 'domain' WHEN typtype = 'p' THEN 'pseudo' WHEN typtype = 'c' THEN 'composite'
        WHEN typinput = 'array_in'::regproc THEN 'array' WHEN type.oid = 'bytea'::regtype THEN 'bytea'
        WHEN type.oid IN ('json'::regtype, 'jsonb'::regtype) THEN 'json' ELSE 'scalar' END,
      'attributes', (
        SELECT json_agg(json_build_object('name', attname, 'type', atttypid) ORDER BY attnum)
        FROM pg_attribute WHERE typtype = 'c' AND attrelid = typrelid AND attnum > 0 AND NOT attisdropped))), '{}')
    FROM used JOIN pg_type AS type ON type.oid = used.oid
  ) AS types`;
