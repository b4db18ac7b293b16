import { elementsOf } from './elements.ts';
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

/** What a query of the link can say. */
export type Request = CallRequest | { readonly kind: 'wait' | 'next' | 'cancel'; readonly id: number };

const understood =
  'The link understands ["call", id, procedure, args, kwargs, options, identity], ["wait", id], ["next", id] and ["cancel", id].';

/**
 * Reads the text of a query.
 *
 * @throws `LinkFault` for everything else than a request.
 */
export function readRequest(text: string): Request {
  const elements = elementsOf(text);
  if (!elements) {
    throw new LinkFault('0A000', 'this is the link of crossbar.call, and not a database', { hint: understood });
  }
  const isCall = elements.length === 7;
  if (!isCall && elements.length !== 2) throw malformed();
  const [name, id, ...rest] = parsed(isCall ? elements.toSpliced(3, 2) : elements);
  if (typeof id !== 'number' || !Number.isSafeInteger(id)) throw malformed();
  if (isCall && name === 'call') return readCall(id, rest, elements);
  if (!isCall && (name === 'wait' || name === 'next' || name === 'cancel')) return { kind: name, id };
  throw malformed();
}

function readCall(
  id: number,
  [procedure, options, identity]: readonly unknown[],
  [, , , args = '', kwargs = '']: readonly string[],
): CallRequest {
  if (typeof procedure !== 'string' || !isObject(options) || !isObject(identity)) throw malformed();
  return {
    kind: 'call',
    id,
    procedure,
    args: payloadPart(args, '['),
    kwargs: payloadPart(kwargs, '{'),
    options,
    identity: identity as CallRequest['identity'],
  };
}

function payloadPart(text: string, opening: string): string {
  if (text === 'null') return '';
  if (!text.startsWith(opening)) throw malformed();
  return text;
}

/** All at once, which is faster than one by one. */
function parsed(elements: readonly string[]): readonly unknown[] {
  try {
    return JSON.parse(`[${elements.join()}]`);
  } catch {
    throw malformed();
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function malformed(): LinkFault {
  return new LinkFault('22023', 'malformed request', { hint: understood });
}
