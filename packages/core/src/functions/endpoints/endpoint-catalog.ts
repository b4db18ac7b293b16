import type { Connection } from '../../postgres/index.ts';
import { readRoutines } from '../routines/introspection.ts';
import { isUsable, type Routine, takenOver, type Unusable } from '../routines/routine.ts';
import { readRoutineDigest } from '../routines/routine-digest.ts';
import type { Endpoint, EndpointChanges, Watched } from './endpoint.ts';
import { type RoleSettings, readRoleSettings } from './role-settings.ts';

type Row = Omit<Endpoint, 'routine'>;

/** The endpoints of one kind as they were last read. */
export class EndpointCatalog {
  readonly #connection: Connection;
  readonly #watched: Watched;
  readonly #endpoints = new Map<string, Endpoint>();
  #settings: ReadonlyMap<string, RoleSettings> = new Map();
  #digest: string | undefined;
  #newest = '0';

  constructor(connection: Connection, watched: Watched) {
    this.#connection = connection;
    this.#watched = watched;
  }

  /**
   * The settings of a role. Undefined if the role does not exist, or if the login of the sessions cannot SET ROLE to
   * it.
   */
  settingsOf(role: string): RoleSettings | undefined {
    return this.#settings.get(role);
  }

  /**
   * Reads the current version of a function. The stored endpoint remains unchanged, so the next check still finds the
   * change.
   */
  async readRoutine(endpoint: Pick<Endpoint, 'signature' | 'functionOwner'>): Promise<Routine | Unusable> {
    return routineOf(endpoint, await readRoutines(this.#connection, [endpoint.signature]));
  }

  /** Reads all endpoints and returns the changed and removed ones. */
  async readAll(): Promise<EndpointChanges> {
    const known = [...this.#endpoints.keys()];
    return this.#compare(await this.#rows(null), known);
  }

  /**
   * Reads some endpoints and all new ones, and returns the changed and removed ones. If a transaction replaces an
   * endpoint, its removal and its addition are read together, even if it committed after the transaction that the ids
   * came from.
   */
  async read(ids: readonly string[]): Promise<EndpointChanges> {
    return ids.length === 0 ? nothing : this.#compare(await this.#rows(ids), ids);
  }

  /** The ids of the endpoints whose function or role may have changed. */
  async stale(): Promise<string[]> {
    const endpoints = [...this.#endpoints.values()];
    const before = this.#settings;
    await this.#readSettings(endpoints);
    const digest = await this.#readDigest(endpoints);
    const isSame = digest === this.#digest;
    this.#digest = digest;
    const isRoleSame = ({ role }: Endpoint) => role === null || before.has(role) === this.#settings.has(role);
    const isFresh = (endpoint: Endpoint) => isSame && isUsable(endpoint.routine) && isRoleSame(endpoint);
    return endpoints.filter((endpoint) => !isFresh(endpoint)).map(({ id }) => id);
  }

  #readDigest(endpoints: readonly Endpoint[]): Promise<string> {
    const oids = endpoints.flatMap(({ routine }) => (isUsable(routine) ? [routine.oid] : []));
    return readRoutineDigest(this.#connection, [...new Set(oids)]);
  }

  async #compare(rows: readonly Row[], asked: readonly string[]): Promise<EndpointChanges> {
    const found = new Set(rows.map(({ id }) => id));
    const removed = asked.filter((id) => !found.has(id) && this.#endpoints.delete(id));
    const changed = (await this.#withRoutines(rows)).filter((endpoint) => {
      const former = this.#endpoints.get(endpoint.id);
      this.#endpoints.set(endpoint.id, endpoint);
      if (BigInt(endpoint.id) > BigInt(this.#newest)) this.#newest = endpoint.id;
      return !former || stampOf(endpoint) !== stampOf(former);
    });
    return { changed, removed };
  }

  async #withRoutines(rows: readonly Row[]): Promise<Endpoint[]> {
    await this.#readSettings([...this.#endpoints.values(), ...rows]);
    const routines = await readRoutines(this.#connection, [...new Set(rows.map(({ signature }) => signature))]);
    return rows.map((row) => ({ ...row, routine: this.#unusableRole(row) ?? routineOf(row, routines) }));
  }

  #unusableRole({ role }: Row): Unusable | undefined {
    if (role === null || this.#settings.has(role)) return undefined;
    return {
      problem: `role ${this.#watched.login} cannot run it as role "${role}", which is gone or was not granted to it`,
    };
  }

  async #readSettings(endpoints: readonly Row[]): Promise<void> {
    const roles = endpoints.flatMap(({ role }) => (role === null ? [] : [role]));
    const read = await readRoleSettings(
      this.#connection,
      [...new Set([...roles, ...this.#watched.roles])],
      this.#watched.login,
    );
    this.#settings = new Map([...read].map(([role, latest]) => [role, kept(this.#settings.get(role), latest)]));
  }

  #rows(ids: readonly string[] | null): Promise<Row[]> {
    return this.#connection.query<Row>(
      `SELECT id::text, kind, uri, match, function AS signature, function_owner AS "functionOwner", role, options FROM crossbar._endpoint AS endpoint
       WHERE kind = $1 AND ($2::bigint[] IS NULL OR id = ANY ($2) OR id > $3) ORDER BY endpoint.id`,
      [this.#watched.kind, ids, this.#newest],
    );
  }
}

const nothing: EndpointChanges = { changed: [], removed: [] };

function routineOf(
  { signature, functionOwner }: Pick<Endpoint, 'signature' | 'functionOwner'>,
  routines: ReadonlyMap<string, Routine | Unusable>,
): Routine | Unusable {
  const routine = routines.get(signature) ?? { problem: `function ${signature} does not exist` };
  const problem = takenOver(routine, functionOwner, 'it was registered');
  return problem === undefined ? routine : { problem: `${problem}: register it again` };
}

/** Returns the former object if nothing has changed, because other objects are cached by its identity. */
function kept(former: RoleSettings | undefined, latest: RoleSettings): RoleSettings {
  return former && JSON.stringify([...former]) === JSON.stringify([...latest]) ? former : latest;
}

/** A text that differs between two versions of an endpoint. */
function stampOf({ routine, ...row }: Endpoint): string {
  return JSON.stringify([row, isUsable(routine) ? routine.fingerprint : routine.problem]);
}
