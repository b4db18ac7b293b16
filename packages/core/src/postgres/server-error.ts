import { type DatabaseConfiguration, databaseTarget } from '@pgwamp/config';
import type { DatabaseError } from 'pg';
import { DatabaseLostError, DatabaseRefusedError, PgwampError, UnserializableError } from '../errors.ts';
import { pg } from './library.ts';

/** Whether PostgreSQL itself raised this error, so that it has an SQLSTATE. */
export function isServerError(error: unknown): error is DatabaseError {
  return error instanceof pg().DatabaseError;
}

/**
 * Whether a value cannot be stored: it is invalid, or the encoding of the database cannot represent it (class 22), or it
 * is nested too deeply or too large for `jsonb` (class 54).
 */
export function isUnstorable(error: unknown): error is Error {
  return error instanceof UnserializableError || (isServerError(error) && /^(22|54)/.test(error.code ?? ''));
}

/** The reason of an error in one line, also for Node's AggregateError, whose message is empty. */
export function reason(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(reason).join('; ');
  return error instanceof Error ? error.message : String(error);
}

/**
 * The codes with which Node.js refuses the certificate of a server. Those that begin with ERR_SSL may concern the one of
 * the client.
 */
const certificateCode = /^(?!ERR_SSL_).*(?:CERT|UNABLE_TO_VERIFY_LEAF_SIGNATURE)/;

/** Converts an error of connecting to an error that names the database and the remedy. */
export function connectError(configuration: DatabaseConfiguration, error: unknown): PgwampError {
  if (error instanceof PgwampError) return error;
  const target = databaseTarget(configuration);
  if (isServerError(error)) return refusal(configuration, error);
  const why = reason(error);
  const refused = refusalBySetting(error, why);
  if (refused) return new DatabaseRefusedError(target, refused, { cause: error });
  return new DatabaseLostError(why, { cause: error }, target);
}

/** An error of node-postgres or of TLS that only another configuration ends, as the refusal that it means. */
function refusalBySetting(error: unknown, why: string) {
  const refusalOf = (message: string, sqlstate: string) => ({ message, sqlstate, hint: undefined });
  if (/client password must be a/.test(why))
    return refusalOf('it asks for a password, and none is configured', '28P01');
  if (/server does not support SSL/.test(why)) return refusalOf('it does not support TLS', '08001');
  const { code = '' } = error as NodeJS.ErrnoException;
  return certificateCode.test(code) ? refusalOf(`its certificate is not accepted: ${why}`, '08001') : undefined;
}

/**
 * Returns the result of an operation. If PostgreSQL refuses a statement, throws an error that names the database, the
 * user and the remedy.
 *
 * @throws `DatabaseRefusedError`; any other error of the operation.
 */
export async function explained<Result>(
  configuration: DatabaseConfiguration,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw isServerError(error) ? refusal(configuration, error) : error;
  }
}

/** The remedy for the message of PgBouncer before version 1.23. */
const poolerHint =
  'A PgBouncer between pgwamp and PostgreSQL does not pass replication on: connect to PostgreSQL itself, or upgrade PgBouncer to 1.23.';

function refusal(configuration: DatabaseConfiguration, error: DatabaseError): DatabaseRefusedError {
  const { message, code = '' } = error;
  const hint = error.hint ?? (message === 'unsupported startup parameter: replication' ? poolerHint : undefined);
  return new DatabaseRefusedError(databaseTarget(configuration), { message, sqlstate: code, hint }, { cause: error });
}
