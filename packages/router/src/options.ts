import { freeze } from '@pgwamp/config';
import { checkRoles, type RoleOptions } from './authorization/role-options.ts';
import { historiesOf, type ResolvedHistory, type StoreOptions } from './broker/store-options.ts';
import { RouterOptionError } from './errors.ts';
import { type Limits, resolveLimits } from './limits.ts';
import { UriRules, type UriStyle } from './matching/uri-rules.ts';
import type { SessionEnd } from './session/session-end.ts';

/** One realm of the router. */
export interface RealmOptions {
  /** The name that clients send in HELLO. */
  readonly name: string;
  /** The permissions of sessions, by role. Default: every role may do everything. */
  readonly roles?: readonly RoleOptions[] | undefined;
  /** The event history. Default: none; retained events are kept if publishers ask for it. */
  readonly store?: StoreOptions | undefined;
}

/** The options of {@link createRouter}. */
export interface RouterOptions {
  /** The realms. The router creates no others on demand. */
  readonly realms: readonly (string | RealmOptions)[];
  /**
   * The strictness of URI checks. Default `loose`, the requirement of the specification.
   *
   * @see https://wamp-proto.org/wamp_latest_ietf.html#uris
   */
  readonly uris?: UriStyle;
  /**
   * `sequential` ends the session of a client whose request ids are not 1, 2, 3, …, as the specification requires.
   * Default `any`: some existing clients number their requests differently, which harms nobody.
   *
   * @see https://wamp-proto.org/wamp_latest_ietf.html#protocol_errors
   */
  readonly requestIds?: 'any' | 'sequential';
  /** Limits that differ from the defaults. */
  readonly limits?: Partial<Limits>;
  /** Called with the cause whenever a session ends: for logs. */
  readonly onSessionEnd?: (end: SessionEnd) => void;
  /**
   * Called with each error that is a bug of the router. The session concerned ends; everything else continues. Default
   * `process.emitWarning`.
   */
  readonly onError?: (error: Error) => void;
}

/** {@link RealmOptions}, checked. */
interface ResolvedRealm extends RealmOptions {
  readonly histories: readonly ResolvedHistory[];
}

/** {@link RouterOptions}, checked and with all defaults. */
export interface ResolvedOptions {
  readonly realms: readonly ResolvedRealm[];
  readonly uris: UriRules;
  readonly sequentialRequests: boolean;
  readonly limits: Limits;
  readonly onSessionEnd: (end: SessionEnd) => void;
  readonly onError: (error: Error) => void;
}

function resolveRealms(realms: unknown, uris: UriRules): ResolvedRealm[] {
  if (!Array.isArray(realms) || realms.length === 0) throw new RouterOptionError('realms: expected at least one realm');
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
