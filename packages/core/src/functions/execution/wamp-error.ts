import { WampError } from '../../errors.ts';
import { isDictionary, parseLossless } from '../../json.ts';
import { cut } from '../statements/invalid-argument.ts';
import { errorOfSqlstate, isOwn, otherError } from './sqlstate.ts';

/** Limit on the length of a message, a hint or a name sent to a caller, in characters. */
const longestText = 10_000;

/** The fields of a PostgreSQL error, with the names of node-postgres. */
export interface ServerError {
  readonly message: string;
  readonly code?: string | undefined;
  readonly detail?: string | undefined;
  readonly hint?: string | undefined;
  /** The context of the error. */
  readonly where?: string | undefined;
  /** The position in the text of the statement. */
  readonly position?: string | undefined;
  readonly schema?: string | undefined;
  readonly table?: string | undefined;
  readonly column?: string | undefined;
  readonly constraint?: string | undefined;
  readonly dataType?: string | undefined;
}

/** The JSON that `crossbar.raise` and `crossbar.call` put into the detail of their errors. */
interface Raised {
  readonly error: string;
  readonly args: readonly unknown[];
  readonly kwargs: Readonly<Record<string, unknown>>;
}

/**
 * Converts an error of PostgreSQL to a WAMP error. Errors of `crossbar.raise` and `crossbar.call` keep their URI, args
 * and kwargs exactly, so an error can pass through any number of databases unchanged. For other errors, the SQLSTATE
 * determines the URI, the message becomes the argument, and the fields that identify the affected object become
 * keywords. Detail, context and query are not sent, because they may contain confidential data. Long texts are
 * truncated, with a note.
 *
 * @see https://www.postgresql.org/docs/current/protocol-error-fields.html
 */
export function wampErrorOf(cause: ServerError): WampError {
  const raised = isOwn(cause.code) ? readRaised(cause.detail) : undefined;
  if (raised) return new WampError(raised.error, raised.args, raised.kwargs);
  // The detail with the error was too long and was removed.
  if (isOwn(cause.code) && cause.detail === undefined && / \(cut: the error has \d+ bytes\)$/.test(cause.message))
    return new WampError('wamp.error.payload_size_exceeded', [shortened(cause.message)]);
  const error = cause.code === undefined ? otherError : errorOfSqlstate(cause.code);
  return new WampError(error, [shortened(cause.message)], keywords(cause));
}

function keywords({ code, schema, table, column, constraint, dataType, hint }: ServerError): Record<string, string> {
  const all = { sqlstate: code, schema, table, column, constraint, datatype: dataType, hint };
  const known = Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return Object.fromEntries(known.map(([key, text]) => [key, shortened(text)]));
}

function shortened(text: string): string {
  return text.length <= longestText ? text : `${cut(text, longestText)} (cut, of ${text.length} characters)`;
}

/** Any user can raise these SQLSTATEs, so the detail may be anything. */
function readRaised(detail = ''): Raised | undefined {
  const raised = parsed(detail);
  if (!isDictionary(raised)) return undefined;
  const { error, args = [], kwargs = {} } = raised;
  return isUri(error) && Array.isArray(args) && isDictionary(kwargs) ? { error, args, kwargs } : undefined;
}

function parsed(text: string): unknown {
  try {
    return parseLossless(text);
  } catch {
    // Invalid JSON is treated like JSON of another form: it was not written by crossbar.raise.
    return undefined;
  }
}

/**
 * Whether a router accepts the URI by the loose rule. A strict router refuses it itself. The expression searches for
 * invalid parts, because one with a repeated group would overflow the stack on a text of some megabytes.
 */
function isUri(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && !/[\s#]|^\.|\.\.|\.$/.test(value);
}
