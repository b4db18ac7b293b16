import type { Dict } from '@pgwamp/protocol';
import { isId, Uri } from '@pgwamp/protocol';
import { RequestError } from '../errors.ts';
import type { Session } from '../session/session.ts';

/** Who among the subscribers receives a publication. */
export type Audience = (subscriber: Session) => boolean;

function isString(value: unknown): value is string {
  return typeof value === 'string';
}

/**
 * A list option as a set. A list that is none is refused rather than ignored: an event that was meant for a few must not
 * go to everyone because of a slip.
 */
function listOf<T>(options: Dict, name: string, isItem: (value: unknown) => value is T): ReadonlySet<T> | undefined {
  const list = options[name];
  if (list === undefined || list === null) return undefined;
  if (!Array.isArray(list) || !list.every(isItem)) {
    throw new RequestError(Uri.INVALID_ARGUMENT, `${name}: not a list of the right type`);
  }
  return new Set(list);
}

/** One list of a pair: the subscribers it lets through. An empty whitelist lets nobody through. */
function addTests<T>(tests: Audience[], key: (session: Session) => T, white?: ReadonlySet<T>, black?: ReadonlySet<T>) {
  if (white !== undefined) tests.push((session) => white.has(key(session)));
  if (black !== undefined) tests.push((session) => !black.has(key(session)));
}

// Functions of this module: one that is made where the options are would keep all of them, for as long as an event is kept.
const idOf = ({ id }: Session) => id;
const authidOf = ({ identity }: Session) => identity.authid;
const authroleOf = ({ identity }: Session) => identity.authrole;

function namesIn(options: Dict, name: string): ReadonlySet<string> | undefined {
  return listOf(options, name, isString);
}

function addIdentityTests(tests: Audience[], options: Dict): void {
  addTests(tests, authidOf, namesIn(options, 'eligible_authid'), namesIn(options, 'exclude_authid'));
  addTests(tests, authroleOf, namesIn(options, 'eligible_authrole'), namesIn(options, 'exclude_authrole'));
}

function listTests(options: Dict): Audience[] {
  const tests: Audience[] = [];
  addTests(tests, idOf, listOf(options, 'eligible', isId), listOf(options, 'exclude', isId));
  addIdentityTests(tests, options);
  return tests;
}

/** Most publications have none, and need not be searched for each. */
function hasLists(options: Dict): boolean {
  const byIdentity = options.eligible_authid ?? options.eligible_authrole ?? options.exclude_authid;
  return (byIdentity ?? options.exclude_authrole ?? options.eligible ?? options.exclude ?? null) !== null;
}

/**
 * The audience that PUBLISH.Options describe; every list has to agree.
 *
 * @throws RequestError `wamp.error.invalid_argument` for a list that is none
 * @see https://wamp-proto.org/wamp_latest_ietf.html#pubsub-bw-listing
 */
export function audienceOf(options: Dict, { id: publisher }: Session): Audience {
  const excludesPublisher = options.exclude_me !== false;
  // By its id: a retained event outlives its publisher, which must not be kept for that.
  if (!hasLists(options)) return ({ id }) => id !== publisher || !excludesPublisher;
  const tests = listTests(options);
  if (excludesPublisher) tests.push(({ id }) => id !== publisher);
  return (session) => tests.every((test) => test(session));
}

/** The audience without the lists of sessions, and without the exclusion of the publisher. */
export function lastingAudienceOf(options: Dict): Audience {
  const tests: Audience[] = [];
  addIdentityTests(tests, options);
  return (session) => tests.every((test) => test(session));
}

/** Whether an audience is described by sessions, which nobody who comes later can be. */
export function namesSessions({ eligible, exclude }: Dict): boolean {
  return (eligible ?? exclude ?? null) !== null;
}

const LISTS = ['eligible', 'eligible_authid', 'eligible_authrole', 'exclude', 'exclude_authid', 'exclude_authrole'];

// An entry of a set, and the number or the reference to the string in it.
const ITEM_BYTES = 64;

/** Roughly what it takes to keep the lists of an audience. */
export function audienceBytes(options: Dict): number {
  let bytes = 0;
  for (const name of LISTS) {
    const list = options[name];
    if (!Array.isArray(list)) continue;
    for (const item of list) bytes += ITEM_BYTES + (typeof item === 'string' ? item.length : 0);
  }
  return bytes;
}

/** A text that is the same for audiences with the same lists; empty without lists. */
export function audienceKey(options: Dict): string {
  const lists = LISTS.map((name) => options[name] ?? null);
  return lists.every((list) => list === null) ? '' : JSON.stringify(lists);
}
