/** The WAMP error for whatever the table does not list. */
export const otherError = 'wamp.error.runtime_error';

const unavailable = 'wamp.error.unavailable';
const notAuthorized = 'wamp.error.not_authorized';

/** An SQLSTATE that pgwamp has made, for an error that has a WAMP error in its detail where there is one. */
export interface OwnSqlstate {
  /** When `crossbar.call`, or `crossbar.raise`, raises it. */
  readonly when: string;
  /** The WAMP error that it stands for where the detail has none. */
  readonly error: string;
}

/**
 * The SQLSTATEs of pgwamp's own.
 *
 * @see https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
export const ownSqlstates: Readonly<Record<string, OwnSqlstate>> = {
  CB001: { when: 'a WAMP error that is none of the following, and what `crossbar.raise` raises', error: otherError },
  CB002: { when: 'nobody has registered the procedure', error: 'wamp.error.no_such_procedure' },
  CB003: { when: 'the call took longer than its `timeout`', error: 'wamp.error.timeout' },
  CB004: { when: 'the callee or the router canceled the call', error: 'wamp.error.canceled' },
  CB005: { when: 'the callee went away during the call', error: 'wamp.error.canceled' },
  CB006: { when: 'the router or the Caller went away during the call, whose outcome is unknown', error: unavailable },
};

/** Whether an SQLSTATE is one of pgwamp's own. */
export function isOwn(sqlstate: string | undefined): boolean {
  return sqlstate !== undefined && Object.hasOwn(ownSqlstates, sqlstate);
}

/**
 * The WAMP error of PostgreSQL's errors: by SQLSTATE, or by class where only its first two characters are given.
 *
 * @see https://www.postgresql.org/docs/current/errcodes-appendix.html
 * @see https://wamp-proto.org/wamp_latest_ietf.html#name-predefined-uris
 */
export const errorsBySqlstate: Readonly<Record<string, string>> = {
  '08': unavailable,
  '22': 'wamp.error.invalid_argument',
  '23': 'crossbar.error.integrity_constraint_violation',
  '23001': 'crossbar.error.restrict_violation',
  '23502': 'crossbar.error.not_null_violation',
  '23503': 'crossbar.error.foreign_key_violation',
  '23505': 'crossbar.error.unique_violation',
  '23514': 'crossbar.error.check_violation',
  '23P01': 'crossbar.error.exclusion_violation',
  '28': notAuthorized,
  '40001': 'crossbar.error.serialization_failure',
  '40P01': 'crossbar.error.deadlock_detected',
  '42501': notAuthorized,
  '53': unavailable,
  '55P03': unavailable,
  '57': unavailable,
  '57014': 'wamp.error.canceled',
  P0002: 'crossbar.error.no_data_found',
};

/** The WAMP error of an SQLSTATE: its own, else that of its class. */
export function errorOfSqlstate(sqlstate: string): string {
  return (
    ownSqlstates[sqlstate]?.error ?? errorsBySqlstate[sqlstate] ?? errorsBySqlstate[sqlstate.slice(0, 2)] ?? otherError
  );
}

/**
 * Whether the same transaction may succeed when it is run again.
 *
 * @see https://www.postgresql.org/docs/current/mvcc-serialization-failure-handling.html
 */
export function isRepeatable(sqlstate: string | undefined): boolean {
  return sqlstate === '40001' || sqlstate === '40P01';
}
