import { type Dict, isDict, isId, Uri } from '@pgwamp/protocol';
import { RequestError } from '../errors.ts';

/** One of those for whom a call is made, as its caller says: nobody has checked it. */
export interface Forwarded {
  readonly session?: number;
  readonly authid?: string;
  readonly authrole?: string;
}

/** A call that comes through more hops goes in a circle. */
const maxHops = 64;

/** Calls are kept while they wait, so that what they bring has to be bounded. */
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
  // A serializer would write a key without a value.
  if (session !== undefined) taken.session = session;
  if (authid !== undefined) taken.authid = authid;
  if (authrole !== undefined) taken.authrole = authrole;
  return taken;
}

/**
 * The option `forward_for` of CALL: for whom a caller calls that is itself only a link between others, one dictionary for each hop
 * on the way. Of a dictionary, `session`, `authid` and `authrole` are taken, each of which may be missing. The specification leaves the
 * option to routers; Crossbar.io has it as well.
 *
 * @throws RequestError `wamp.error.invalid_argument` if it has another form, or is too long.
 */
export function forwardForOption(option: unknown): readonly Forwarded[] | undefined {
  if (option === undefined || option === null) return undefined;
  if (!Array.isArray(option)) refuse('not a list of dictionaries');
  if (option.length > maxHops) refuse(`more than ${maxHops} hops`);
  return option.length > 0 ? option.map(forwarded) : undefined;
}
