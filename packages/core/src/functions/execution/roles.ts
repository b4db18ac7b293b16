import { WampError } from '../../errors.ts';
import type { Endpoint, EndpointKind } from '../endpoints/endpoint.ts';
import type { RoleSettings } from '../endpoints/role-settings.ts';
import type { Routine, Unusable } from '../routines/routine.ts';
import { authroleOf } from './identity.ts';
import { Settings } from './settings.ts';

/** Provides functions and the settings of roles. */
export interface ExecutionSource {
  /** The settings of a role; undefined if the login cannot SET ROLE to it. */
  settingsOf(role: string): RoleSettings | undefined;
  /** Reads the current function of an endpoint. */
  readRoutine(endpoint: Endpoint): Promise<Routine | Unusable>;
}

/** Determines the role and the settings of each function call. */
export class Roles {
  readonly #mapped: ReadonlyMap<string, string>;
  readonly #source: ExecutionSource;
  readonly #login: string;
  /**
   * Settings objects by the role settings they were made from. An entry is valid as long as the role settings stay the
   * same.
   */
  readonly #made: Readonly<Record<EndpointKind, WeakMap<RoleSettings, Settings>>> = {
    registration: new WeakMap(),
    subscription: new WeakMap(),
  };

  /**
   * @param mapped the role for each WAMP authrole, for `run_as: "caller"`.
   * @param login the login role of the sessions.
   */
  constructor(mapped: Readonly<Record<string, string>>, source: ExecutionSource, login: string) {
    this.#login = login;
    this.#mapped = new Map(Object.entries(mapped));
    this.#source = source;
  }

  /**
   * Returns the settings for a call or an event.
   *
   * @throws `WampError` `wamp.error.not_authorized` for an authrole that is not mapped to a role or not disclosed;
   *   `wamp.error.unavailable` for a role to which the login of the sessions cannot SET ROLE.
   */
  settingsFor(endpoint: Endpoint, details: Readonly<Record<string, unknown>>): Settings {
    const role = endpoint.role ?? this.#roleOf(authroleOf(endpoint, details));
    const own = this.#source.settingsOf(role);
    if (!own) throw unusableRole(role, `it does not exist, or was not granted to role ${this.#login}`);
    const made = this.#made[endpoint.kind];
    let settings = made.get(own);
    if (!settings) {
      settings = new Settings(role, own, endpoint.kind);
      made.set(own, settings);
    }
    return settings;
  }

  #roleOf(authrole: string | undefined): string {
    const role = authrole === undefined ? undefined : this.#mapped.get(authrole);
    if (role !== undefined) return role;
    const whose = authrole === undefined ? 'an authrole that is not disclosed' : `authrole ${JSON.stringify(authrole)}`;
    throw new WampError('wamp.error.not_authorized', [`there is no role in PostgreSQL for ${whose}`]);
  }
}

/** The error for a role that the sessions cannot use. */
export function unusableRole(role: string, reason: string): WampError {
  return new WampError('wamp.error.unavailable', [`the function cannot run as role "${role}": ${reason}`]);
}
