/** The WAMP error for an SQLSTATE that the table does not list. */
export const otherError = 'wamp.error.runtime_error';

const unavailable = 'wamp.error.unavailable';
const notAuthorized = 'wamp.error.not_authorized';

/**
 * The SQLSTATEs of pgwamp, each with the WAMP error that applies if the error's detail contains none.
 *
 * @see https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
export const ownSqlstates: Readonly<Record<string, string>> = {
  /** A WAMP error for which none of the following applies. `crossbar.raise` raises it too. */
  CB001: otherError,
  /** The procedure is not registered (`wamp.error.no_such_procedure`). */
  CB002: 'wamp.error.no_such_procedure',
  /** The `timeout` of the call has passed (`wamp.error.timeout`). */
  CB003: 'wamp.error.timeout',
  /** The callee or the router cancelled the call (`wamp.error.canceled`). */
  CB004: 'wamp.error.canceled',
  /** The callee left during the call. */
  CB005: 'wamp.error.canceled',
  /** The router or the Caller was lost after the call was sent. The call may have been executed. */
  CB006: unavailable,
};

/** Whether an SQLSTATE belongs to pgwamp. */
export function isOwn(sqlstate: string | undefined): boolean {
  return sqlstate !== undefined && Object.hasOwn(ownSqlstates, sqlstate);
}

/**
 * The WAMP errors for PostgreSQL's errors, by SQLSTATE or by class (the first two characters).
 *
 * @see https://www.postgresql.org/docs/current/errcodes-appendix.html
 * @see https://wamp-proto.org/wamp_latest_ietf.html#name-predefined-uris
 */
export const errorsBySqlstate: Readonly<Record<string, string>> = {
  /** Connection exception, for example of `dblink`. */
  '08': unavailable,
  /** Data exception: a value is out of range or has the wrong form. */
  '22': 'wamp.error.invalid_argument',
  /** Integrity constraint violation. */
  '23': 'crossbar.error.integrity_constraint_violation',
  /** restrict_violation. */
  '23001': 'crossbar.error.restrict_violation',
  /** not_null_violation. */
  '23502': 'crossbar.error.not_null_violation',
  /** foreign_key_violation. */
  '23503': 'crossbar.error.foreign_key_violation',
  /** unique_violation. */
  '23505': 'crossbar.error.unique_violation',
  /** check_violation. */
  '23514': 'crossbar.error.check_violation',
  /** exclusion_violation. */
  '23P01': 'crossbar.error.exclusion_violation',
  /** Invalid authorization specification. */
  '28': notAuthorized,
  /** serialization_failure, after all [retries](#retries). */
  '40001': 'crossbar.error.serialization_failure',
  /** deadlock_detected, after all retries. */
  '40P01': 'crossbar.error.deadlock_detected',
  /** insufficient_privilege, also by a policy of row level security. */
  '42501': notAuthorized,
  /** Insufficient resources. */
  '53': unavailable,
  /** lock_not_available. */
  '55P03': unavailable,
  /** Operator intervention, for example a shutdown. */
  '57': unavailable,
  /** query_canceled. */
  '57014': 'wamp.error.canceled',
  /** no_data_found, for example of `INTO STRICT`. */
  P0002: 'crossbar.error.no_data_found',
};

/** The WAMP error of an SQLSTATE, or of its class. */
export function errorOfSqlstate(sqlstate: string): string {
  return ownSqlstates[sqlstate] ?? errorsBySqlstate[sqlstate] ?? errorsBySqlstate[sqlstate.slice(0, 2)] ?? otherError;
}

/**
 * Whether the same transaction may succeed if it is repeated.
 *
 * @see https://www.postgresql.org/docs/current/mvcc-serialization-failure-handling.html
 */
export function isRepeatable(sqlstate: string | undefined): boolean {
  return sqlstate === '40001' || sqlstate === '40P01';
}
