import { commasOf } from '@pgwamp/protocol/internal';
import { LinkFault } from './link-fault.ts';

/** The identity of the caller, as the database reports it. */
export interface CallerIdentity {
  readonly session_user: string;
  readonly role: string;
  /** The process id of the backend. */
  readonly pid: number;
  /** The previous calls of a chain, one entry for each. */
  readonly forward_for: readonly Readonly<Record<string, unknown>>[];
  /** Further details from the database. */
  readonly [detail: string]: unknown;
}

/** A call request of the database. */
export interface CallRequest {
  readonly kind: 'call';
  /** A number that the backend has not used on this connection. */
  readonly id: number;
  readonly procedure: string;
  /** A JSON array as the database wrote it, or empty. */
  readonly args: string;
  /** A JSON object as the database wrote it, or empty. */
  readonly kwargs: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly identity: CallerIdentity;
}

/** A request for several calls of one procedure. */
export interface EachRequest extends Omit<CallRequest, 'kind' | 'args' | 'kwargs'> {
  readonly kind: 'each';
  /** The args and kwargs of each call in turn: JSON as the database wrote it, or empty. */
  readonly payloads: readonly string[];
}

/** The requests that the link supports. */
export type Request = CallRequest | EachRequest | { readonly kind: 'wait' | 'next' | 'cancel'; readonly id: number };

const understood =
  'The link understands ["call", id, procedure, args, kwargs, options, identity], ["each", id, procedure, options, identity] with two lines for each call, ["wait", id], ["next", id] and ["cancel", id].';

/** Index of the arguments in the array of a call. */
const argsIndex = 3;

/**
 * Parses the text of a query.
 *
 * @throws `LinkFault` if it is not a valid request.
 */
export function readRequest(text: string): Request {
  if (!text.startsWith('[')) throw notUnderstood();
  if (text.startsWith('["each",')) return readEach(text.split('\n'));
  const commas = commasOf(text, argsIndex + 2);
  const [before, between, behind] = commas.slice(argsIndex - 1);
  if (before !== undefined && between !== undefined && behind !== undefined) {
    const args = payloadPart(text.slice(before + 1, between).trim(), '[');
    const kwargs = payloadPart(text.slice(between + 1, behind).trim(), '{');
    return callOf(parsed(text.slice(0, before) + text.slice(behind)), args, kwargs);
  }
  const [kind, id, ...rest] = parsed(text);
  const isKnown = kind === 'wait' || kind === 'next' || kind === 'cancel';
  if (isKnown && isNumber(id) && rest.length === 0) return { kind, id };
  throw malformed();
}

function readEach([head = '', ...payloads]: readonly string[]): EachRequest {
  const [, id, procedure, options, identity, ...rest] = parsed(head);
  if (!isNumber(id) || typeof procedure !== 'string' || rest.length > 0 || payloads.length % 2 !== 0) throw malformed();
  if (!isObject(options) || !isObject(identity)) throw malformed();
  const isWhole = (part: string, index: number) => part === '' || part.startsWith(index % 2 === 0 ? '[' : '{');
  if (!payloads.every(isWhole)) throw malformed();
  return { kind: 'each', id, procedure, options, identity: identity as CallerIdentity, payloads };
}

function callOf(
  [kind, id, procedure, options, identity, ...rest]: unknown[],
  args: string,
  kwargs: string,
): CallRequest {
  if (kind !== 'call' || !isNumber(id) || typeof procedure !== 'string' || rest.length > 0) throw malformed();
  if (!isObject(options) || !isObject(identity)) throw malformed();
  return { kind, id, procedure, args, kwargs, options, identity: identity as CallRequest['identity'] };
}

/** The answer to any text that is not an array. */
function notUnderstood(): LinkFault {
  return new LinkFault('0A000', 'this is the link of crossbar.call, and not a database', { hint: understood });
}

function payloadPart(text: string, opening: string): string {
  if (text === 'null') return '';
  if (!text.startsWith(opening)) throw malformed();
  return text;
}

function parsed(text: string): unknown[] {
  try {
    return JSON.parse(text);
  } catch {
    throw malformed();
  }
}

function isNumber(value: unknown): value is number {
  return Number.isSafeInteger(value);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function malformed(): LinkFault {
  return new LinkFault('22023', 'malformed request', { hint: understood });
}
