import type { PgType } from './pg-type.ts';

/** What stands between the parentheses of a call. */
export interface Parameter {
  /** As `CREATE FUNCTION` says it, without quotes; absent where it has none. */
  readonly name?: string;
  readonly type: PgType;
  /** `out` is in the calls of procedures alone. */
  readonly mode: 'in' | 'inout' | 'variadic' | 'out';
  /** Whether it has a default, which PostgreSQL evaluates where the argument is left out. */
  readonly optional: boolean;
}

/**
 * What a call gives: nothing, one value, rows, or args and kwargs by `crossbar.result`. Rows of `crossbar.result` are `rows` too: each
 * is args and kwargs where results are progressive, and an object of both where they are one.
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
  /** `raw` takes args, kwargs and details as they are, as three `jsonb`. */
  readonly form: 'arguments' | 'raw';
  /** Qualified and quoted. */
  readonly name: string;
  readonly parameters: readonly Parameter[];
  readonly result: Result;
  /** A condition in SQL that is true as long as everything holds that statements of this function rely on. */
  readonly guard: string;
  /** Changes whenever something changes that a call depends on. */
  readonly fingerprint: string;
}

/** A function that was registered, but cannot be called as it is now. */
export interface Unusable {
  /** Why, for people. */
  readonly problem: string;
}

/** Whether a function can be called. */
export function isUsable(routine: Routine | Unusable): routine is Routine {
  return !('problem' in routine);
}
