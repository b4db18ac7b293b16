import { WampError } from '../../errors.ts';
import { isDictionary, parseLossless } from '../../json.ts';
import { cut } from '../statements/brief.ts';
import { errorOfSqlstate, isOwn, otherError } from './sqlstate.ts';

/** Characters of a message, a hint or a name that a caller gets. */
const longestText = 10_000;

/** What PostgreSQL says of an error, as node-postgres names it. */
export interface ServerError {
  readonly message: string;
  readonly code?: string | undefined;
  readonly detail?: string | undefined;
  readonly hint?: string | undefined;
  /** The context: what PostgreSQL was doing. */
  readonly where?: string | undefined;
  /** The place in the text of the statement. */
  readonly position?: string | undefined;
  readonly schema?: string | undefined;
  readonly table?: string | undefined;
  readonly column?: string | undefined;
  readonly constraint?: string | undefined;
  readonly dataType?: string | undefined;
}

/** What `crossbar.raise` and `crossbar.call` put into the detail of their errors. */
interface Raised {
  readonly error: string;
  readonly args: readonly unknown[];
  readonly kwargs: Readonly<Record<string, unknown>>;
}

/**
 * The WAMP error for an error of PostgreSQL. Those of `crossbar.raise` and `crossbar.call` are what these were given, every digit of it,
 * so that an error passes through any number of databases unharmed. Any other is found by its SQLSTATE, with the message as its
 * argument, and what the error is about as its keywords. Detail, context and query may tell what is not the caller's to know, so
 * they stay here. Long texts are cut, with a remark.
 *
 * @see https://www.postgresql.org/docs/current/protocol-error-fields.html
 */
export function wampErrorOf(cause: ServerError): WampError {
  const raised = isOwn(cause.code) ? readRaised(cause.detail) : undefined;
  if (raised) return new WampError(raised.error, raised.args, raised.kwargs);
  // The detail, which had the error, was cut off.
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

/** Anybody can raise them, so that the detail may be anything. */
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
    // No JSON is as good as JSON of another form: not what crossbar.raise wrote.
    return undefined;
  }
}

/**
 * Whether a router takes it, by the loose rule; from one that is strict comes its own refusal. It looks for what may not be there: an
 * expression with a repeated group overflows the stack on some megabytes.
 */
function isUri(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && !/[\s#]|^\.|\.\.|\.$/.test(value);
}
