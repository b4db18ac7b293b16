import { commasOf } from '@pgwamp/protocol/internal';
import { LinkFault } from './link-fault.ts';

/** Who calls, by the word of the database. */
export interface CallerIdentity {
  readonly session_user: string;
  readonly role: string;
  /** The backend's process. */
  readonly pid: number;
  /** The calls that have led to this one, one entry each. */
  readonly forward_for: readonly Readonly<Record<string, unknown>>[];
  /** What else the database says. */
  readonly [detail: string]: unknown;
}

/** A call that the database asks for. */
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

/** Calls of one procedure that the database asks for together. */
export interface EachRequest extends Omit<CallRequest, 'kind' | 'args' | 'kwargs'> {
  readonly kind: 'each';
  /** Of each call the args and the kwargs, one after the other: JSON as the database wrote it, or empty. */
  readonly payloads: readonly string[];
}

/** What a query of the link can say. */
export type Request = CallRequest | EachRequest | { readonly kind: 'wait' | 'next' | 'cancel'; readonly id: number };

const understood =
  'The link understands ["call", id, procedure, args, kwargs, options, identity], ["each", id, procedure, options, identity] with two lines for each call, ["wait", id], ["next", id] and ["cancel", id].';

/** Where the arguments of a call stand in its array. */
const argsIndex = 3;

/**
 * Reads the text of a query.
 *
 * @throws `LinkFault` if it is no request.
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

/** What is answered to everything that is no array. */
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
