import type { PgType } from './pg-type.ts';

/** A parameter of a call. */
export interface Parameter {
  /** The name as in `CREATE FUNCTION`, without quotes; absent if it has none. */
  readonly name?: string;
  readonly type: PgType;
  /** `out` parameters occur only in calls of procedures. */
  readonly mode: 'in' | 'inout' | 'variadic' | 'out';
  /** Whether it has a default, which PostgreSQL evaluates if the argument is omitted. */
  readonly optional: boolean;
}

/**
 * The result of a call: nothing, one value, rows, or args and kwargs as `crossbar.result`. Rows of `crossbar.result`
 * have the shape `rows`: each row becomes args and kwargs of a progressive result, or an object with both keys in a
 * single result.
 */
export type Result =
  | { readonly shape: 'none' }
  | { readonly shape: 'value' | 'rows' | 'result'; readonly type: PgType };

/** A function or procedure that can be called over WAMP. */
export interface Routine {
  readonly oid: number;
  /** The text of its `regprocedure` under an empty `search_path`. */
  readonly signature: string;
  readonly owner: string;
  readonly kind: 'function' | 'procedure';
  /** `raw` functions receive args, kwargs and details unchanged, as three `jsonb` values. */
  readonly form: 'arguments' | 'raw';
  /** The qualified and quoted name. */
  readonly name: string;
  readonly parameters: readonly Parameter[];
  readonly result: Result;
  /** An SQL condition that is true while the function is unchanged. See `guardOf`. */
  readonly guard: string;
  /** A text that changes when a call has to change. */
  readonly fingerprint: string;
}

/** A registered function that cannot be called at the moment. */
export interface Unusable {
  /** The reason, for messages. */
  readonly problem: string;
}

/** Whether a function can be called. */
export function isUsable<Found extends object>(routine: Found | Unusable): routine is Found {
  return !('problem' in routine);
}

/**
 * Checks whether a function was replaced by a function of another owner. If a function is dropped, any role that may
 * create objects in its schema could put another one in its place. Returns the problem, or undefined if there is none
 * or the former owner is not known.
 */
export function takenOver(
  routine: Pick<Routine, 'signature' | 'owner'> | Unusable,
  formerOwner: string | null | undefined,
  when: string,
): string | undefined {
  if (!isUsable(routine) || !formerOwner || routine.owner === formerOwner) return undefined;
  return `${routine.signature} belongs to role ${routine.owner}, and belonged to ${formerOwner} when ${when}`;
}
