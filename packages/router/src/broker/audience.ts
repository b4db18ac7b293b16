import type { Dict } from '@pgwamp/protocol';
import { isId, Uri } from '@pgwamp/protocol';
import { RequestError } from '../errors.ts';
import type { Session } from '../session/session.ts';

/** Decides whether a subscriber receives a publication. */
export type Audience = (subscriber: Session) => boolean;

function isString(value: unknown): value is string {
  return typeof value === 'string';
}

/**
 * Reads a list option as a set. A malformed list is refused rather than ignored: an event for a few receivers must not
 * go to everyone because of a mistake.
 */
function listOf<T>(options: Dict, name: string, isItem: (value: unknown) => value is T): ReadonlySet<T> | undefined {
  const list = options[name];
  if (list === undefined || list === null) return undefined;
  if (!Array.isArray(list) || !list.every(isItem)) {
    throw new RequestError(Uri.INVALID_ARGUMENT, `${name}: not a list of the right type`);
  }
  return new Set(list);
}

/** Adds the tests of one whitelist and blacklist. An empty whitelist matches nobody. */
function addTests<T>(tests: Audience[], key: (session: Session) => T, white?: ReadonlySet<T>, black?: ReadonlySet<T>) {
  if (white !== undefined) tests.push((session) => white.has(key(session)));
  if (black !== undefined) tests.push((session) => !black.has(key(session)));
}

// Functions of the module: a closure created next to the options would keep all of them in memory as long as an event
// is kept.
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

/** Most publications have no lists; this test is cheaper than reading each list. */
function hasLists(options: Dict): boolean {
  const byIdentity = options.eligible_authid ?? options.eligible_authrole ?? options.exclude_authid;
  return (byIdentity ?? options.exclude_authrole ?? options.eligible ?? options.exclude ?? null) !== null;
}

/**
 * The audience that PUBLISH.Options describe; a receiver must pass every list.
 *
 * @throws RequestError `wamp.error.invalid_argument` for a malformed list
 * @see https://wamp-proto.org/wamp_latest_ietf.html#pubsub-bw-listing
 */
export function audienceOf(options: Dict, { id: publisher }: Session): Audience {
  const excludesPublisher = options.exclude_me !== false;
  // By id: a retained event outlives its publisher, whose session must not stay in memory for it.
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

/** Whether the audience is defined by session ids, which sessions that join later never match. */
export function namesSessions({ eligible, exclude }: Dict): boolean {
  return (eligible ?? exclude ?? null) !== null;
}

const LISTS = ['eligible', 'eligible_authid', 'eligible_authrole', 'exclude', 'exclude_authid', 'exclude_authrole'];

// The bytes of a set entry and of the number or string reference in it.
const ITEM_BYTES = 64;

/** The approximate size of the lists of an audience. */
export function audienceBytes(options: Dict): number {
  let bytes = 0;
  for (const name of LISTS) {
    const list = options[name];
    if (!Array.isArray(list)) continue;
    for (const item of list) bytes += ITEM_BYTES + (typeof item === 'string' ? item.length : 0);
  }
  return bytes;
}

/** A key that is equal for audiences with the same lists; empty without lists. */
export function audienceKey(options: Dict): string {
  const lists = LISTS.map((name) => options[name] ?? null);
  return lists.every((list) => list === null) ? '' : JSON.stringify(lists);
}
