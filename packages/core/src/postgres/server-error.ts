import { type DatabaseConfiguration, databaseTarget } from '@pgwamp/config';
import type { DatabaseError } from 'pg';
import { DatabaseLostError, DatabaseRefusedError, PgwampError } from '../errors.ts';
import { pg } from './library.ts';

/** Whether PostgreSQL itself raised this error, so that it has an SQLSTATE. */
export function isServerError(error: unknown): error is DatabaseError {
  return error instanceof pg().DatabaseError;
}

/** The reason of an error in one line, also for Node's AggregateError, whose message is empty. */
export function reason(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(reason).join('; ');
  return error instanceof Error ? error.message : String(error);
}

/** Errors of node-postgres and of TLS that only another configuration ends, and their SQLSTATEs. */
const refusals = [
  {
    pattern: /client password must be a/,
    message: 'it asks for a password, and none is configured',
    sqlstate: '28P01',
  },
  { pattern: /server does not support SSL/, message: 'it does not support TLS', sqlstate: '08001' },
];

/** The codes with which Node.js refuses the certificate of a server. */
const certificateCode = /CERT|UNABLE_TO_VERIFY_LEAF_SIGNATURE/;

/** Converts an error of connecting to an error that names the database and the remedy. */
export function connectError(configuration: DatabaseConfiguration, error: unknown): PgwampError {
  if (error instanceof PgwampError) return error;
  const target = databaseTarget(configuration);
  if (isServerError(error)) return refusal(configuration, error);
  const why = reason(error);
  const known = refusals.find(({ pattern }) => pattern.test(why));
  if (known) return new DatabaseRefusedError(target, { ...known, hint: undefined }, { cause: error });
  if (certificateCode.test((error as NodeJS.ErrnoException).code ?? '')) {
    const message = `its certificate is not accepted: ${why}`;
    return new DatabaseRefusedError(target, { message, sqlstate: '08001', hint: undefined }, { cause: error });
  }
  return new DatabaseLostError(why, { cause: error }, target);
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

function refusal(configuration: DatabaseConfiguration, error: DatabaseError): DatabaseRefusedError {
  const { message, code = '', hint } = error;
  return new DatabaseRefusedError(databaseTarget(configuration), { message, sqlstate: code, hint }, { cause: error });
}
