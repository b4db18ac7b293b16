import { type Dict, isDict, isId, Uri } from '@pgwamp/protocol';
import { constantDict } from '@pgwamp/protocol/internal';
import { RequestError } from '../errors.ts';

/** One hop of `forward_for`, as the caller claims it. The router does not verify it. */
export interface Forwarded {
  readonly session?: number;
  readonly authid?: string;
  readonly authrole?: string;
}

/** A call through more hops is considered circular. */
const maxHops = 64;

/** Calls are kept while they wait, so the size of their options has to be bounded. */
const maxCharacters = 256;

function refuse(words: string): never {
  throw new RequestError(Uri.INVALID_ARGUMENT, `forward_for: ${words}`);
}

function nameOf(hop: Dict, key: 'authid' | 'authrole'): string | undefined {
  const name = hop[key] ?? undefined;
  if (name === undefined || (typeof name === 'string' && name.length <= maxCharacters)) return name;
  refuse(`${key} is not a text of at most ${maxCharacters} characters`);
}

function forwarded(hop: unknown): Forwarded {
  if (!isDict(hop)) refuse('not a list of dictionaries');
  const session = hop.session ?? undefined;
  if (session !== undefined && !isId(session)) refuse('session is not an id');
  const authid = nameOf(hop, 'authid');
  const authrole = nameOf(hop, 'authrole');
  const taken: { -readonly [Key in keyof Forwarded]: Forwarded[Key] } = {};
  // A serializer would write a key whose value is undefined.
  if (session !== undefined) taken.session = session;
  if (authid !== undefined) taken.authid = authid;
  if (authrole !== undefined) taken.authrole = authrole;
  return taken;
}

/** The hops of options that come again, by the frozen option: the same text is read as the same object. */
const knownHops = new WeakMap<object, readonly Forwarded[]>();

/**
 * Reads the option `forward_for` of CALL. A caller that is only a link in a chain names the clients before it, one
 * dictionary per hop. The router keeps `session`, `authid` and `authrole` of each dictionary; each may be missing. The
 * specification reserves the option for routers; Crossbar.io supports it as well.
 *
 * @throws RequestError `wamp.error.invalid_argument` if it is malformed or too long
 */
export function forwardForOption(option: unknown): readonly Forwarded[] | undefined {
  if (option === undefined || option === null) return undefined;
  if (!Array.isArray(option)) refuse('not a list of dictionaries');
  if (option.length > maxHops) refuse(`more than ${maxHops} hops`);
  if (option.length === 0) return undefined;
  const known = knownHops.get(option);
  if (known !== undefined) return known;
  const hops = option.map(forwarded);
  if (Object.isFrozen(option)) knownHops.set(option, hops);
  return hops;
}

/** The details of an INVOCATION that has no others, by the hops: they are only written once. */
const knownDetails = new WeakMap<readonly Forwarded[], Dict>();

/** INVOCATION.Details of a call with nothing but hops. */
export function forwardDetails(hops: readonly Forwarded[]): Dict {
  let details = knownDetails.get(hops);
  if (details === undefined) {
    details = constantDict({ forward_for: hops });
    knownDetails.set(hops, details);
  }
  return details;
}
