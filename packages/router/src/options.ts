import { freeze } from '@pgwamp/config';
import { checkRoles, type RoleOptions } from './authorization/role-options.ts';
import { historiesOf, type ResolvedHistory, type StoreOptions } from './broker/store-options.ts';
import { RouterOptionError } from './errors.ts';
import { type Limits, resolveLimits } from './limits.ts';
import { UriRules, type UriStyle } from './matching/uri-rules.ts';
import type { SessionEnd } from './session/session-end.ts';

/** One realm of the router. */
export interface RealmOptions {
  /** The name that clients give in HELLO. */
  readonly name: string;
  /** What sessions may do, by their role. Default: everything, whatever their role is. */
  readonly roles?: readonly RoleOptions[] | undefined;
  /** What is kept of events. Default: nothing but retained events, which publishers ask for. */
  readonly store?: StoreOptions | undefined;
}

/** What {@link createRouter} takes. */
export interface RouterOptions {
  /** The realms; no others are made when a client asks for them. */
  readonly realms: readonly (string | RealmOptions)[];
  /**
   * How strictly URIs are checked. Default `loose`, which is what the specification demands.
   *
   * @see https://wamp-proto.org/wamp_latest_ietf.html#uris
   */
  readonly uris?: UriStyle;
  /**
   * `sequential` ends the session of a client whose request ids are not 1, 2, 3, …, as the specification has it.
   * Default `any`: clients that number otherwise are about, and do nobody harm.
   *
   * @see https://wamp-proto.org/wamp_latest_ietf.html#protocol_errors
   */
  readonly requestIds?: 'any' | 'sequential';
  /** Bounds that differ from the defaults. */
  readonly limits?: Partial<Limits>;
  /** Told of every session that ends, and why: for logs. */
  readonly onSessionEnd?: (end: SessionEnd) => void;
  /**
   * Told of errors that are the router's own fault; the session at hand is ended, everything else goes on.
   * Default `process.emitWarning`.
   */
  readonly onError?: (error: Error) => void;
}

/** {@link RealmOptions}, checked. */
interface ResolvedRealm extends RealmOptions {
  readonly histories: readonly ResolvedHistory[];
}

/** {@link RouterOptions}, checked and complete. */
export interface ResolvedOptions {
  readonly realms: readonly ResolvedRealm[];
  readonly uris: UriRules;
  readonly sequentialRequests: boolean;
  readonly limits: Limits;
  readonly onSessionEnd: (end: SessionEnd) => void;
  readonly onError: (error: Error) => void;
}

function resolveRealms(realms: unknown, uris: UriRules): ResolvedRealm[] {
  if (!Array.isArray(realms) || realms.length === 0) throw new RouterOptionError('realms: at least one is needed');
  const given: RealmOptions[] = realms.map((realm) => (typeof realm === 'string' ? { name: realm } : realm));
  const names = new Set<string>();
  for (const [index, realm] of given.entries()) {
    const name: unknown = realm?.name;
    if (typeof name !== 'string' || !uris.isValid(name)) {
      throw new RouterOptionError(`realms[${index}]: the name must be a URI, found ${JSON.stringify(name)}`);
    }
    if (names.has(name)) throw new RouterOptionError(`realms[${index}]: ${name} is there already`);
    names.add(name);
  }
  return given.map((realm, index) =>
    Object.freeze({
      ...realm,
      roles: checkRoles(realm.roles, ['realms', index, 'roles']),
      histories: freeze(historiesOf(realm.store, ['realms', index, 'store'], uris)),
    }),
  );
}

function oneOf<T extends string>(path: string, value: unknown, allowed: readonly T[]): T {
  const found = allowed.find((candidate) => candidate === value);
  if (found === undefined) throw new RouterOptionError(`${path}: expected ${allowed.join(' or ')}, found ${value}`);
  return found;
}

/** @throws RouterOptionError naming the option's path */
export function resolveOptions(options: RouterOptions): ResolvedOptions {
  const limits = resolveLimits(options.limits);
  const uris = new UriRules(oneOf('uris', options.uris ?? 'loose', ['loose', 'strict']), limits);
  const requestIds = oneOf('requestIds', options.requestIds ?? 'any', ['any', 'sequential']);
  return Object.freeze({
    realms: resolveRealms(options.realms, uris),
    uris,
    sequentialRequests: requestIds === 'sequential',
    limits,
    onSessionEnd: options.onSessionEnd ?? (() => {}),
    onError: options.onError ?? ((error) => process.emitWarning(error)),
  });
}
