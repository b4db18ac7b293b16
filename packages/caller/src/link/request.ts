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
  'The link understands ["call", id, procedure, options, identity], followed by a line of args and a line of kwargs, ["each", id, procedure, options, identity], followed by two such lines for each call, ["wait", id], ["next", id] and ["cancel", id].';

/** The beginning of a request for a call, with its id, as the database writes it. */
const callStart = /^\["call",([1-9]\d{0,15}),/;

/**
 * Parses the queries of a connection: a line of JSON and, for calls, lines with args and kwargs as the database wrote
 * them, which are not parsed. PostgreSQL escapes line feeds in `jsonb`.
 */
export class RequestReader {
  /** The last call, and its first line after the id. Most calls of a session have the same. */
  #latest: { readonly rest: string; readonly request: CallRequest } | undefined;

  /** @throws `LinkFault` if the text is not a valid request. */
  read(text: string): Request {
    const [start, digits] = callStart.exec(text) ?? [];
    if (start === undefined) return readRequest(text);
    const again = this.#latest && repeated(this.#latest, text, start.length, Number(digits));
    if (again) return again;
    const request = readRequest(text);
    if (request.kind === 'call') {
      // A copy, because a slice would keep the arguments in memory.
      const rest = Buffer.from(text.slice(start.length, text.indexOf('\n') + 1)).toString();
      this.#latest = { rest, request: { ...request, args: '', kwargs: '' } };
    }
    return request;
  }
}

/** The request with the procedure, options and identity of the latest one; undefined if it has others or is not valid. */
function repeated(
  { rest, request }: { readonly rest: string; readonly request: CallRequest },
  text: string,
  offset: number,
  id: number,
): CallRequest | undefined {
  if (!text.startsWith(rest, offset) || !Number.isSafeInteger(id)) return undefined;
  const start = offset + rest.length;
  const end = text.indexOf('\n', start);
  const args = text.slice(start, end);
  const kwargs = text.slice(end + 1);
  if (end === -1 || kwargs.includes('\n') || !isPart(args, 0) || !isPart(kwargs, 1)) return undefined;
  const { procedure, options, identity } = request;
  return { kind: 'call', id, procedure, options, identity, args, kwargs };
}

function readRequest(text: string): Request {
  if (!text.startsWith('[')) {
    throw new LinkFault('0A000', 'this is the link of crossbar.call, and not a database', { hint: understood });
  }
  const [head = '', ...payloads] = text.split('\n');
  let fields: [kind: unknown, id: number, ...rest: unknown[]];
  try {
    fields = JSON.parse(head);
  } catch {
    throw malformed();
  }
  const [kind, id, procedure, options, identity, ...rest] = fields;
  if (!Number.isSafeInteger(id) || rest.length > 0) throw malformed();
  if (kind === 'wait' || kind === 'next' || kind === 'cancel') {
    if (procedure !== undefined || payloads.length > 0) throw malformed();
    return { kind, id };
  }
  if (typeof procedure !== 'string' || !isObject(options) || !isObject(identity)) throw malformed();
  if (payloads.length % 2 !== 0 || !payloads.every(isPart)) throw malformed();
  const call = { id, procedure, options, identity: identity as CallerIdentity };
  if (kind === 'each') return { kind, ...call, payloads };
  const [args, kwargs] = payloads;
  if (kind !== 'call' || payloads.length !== 2 || args === undefined || kwargs === undefined) throw malformed();
  return { kind, ...call, args, kwargs };
}

function isPart(line: string, index: number): boolean {
  return line === '' || line.startsWith(index % 2 === 0 ? '[' : '{');
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function malformed(): LinkFault {
  return new LinkFault('22023', 'malformed request', { hint: understood });
}
