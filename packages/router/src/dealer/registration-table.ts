import { IdSequence } from '@pgwamp/protocol';
import { type MatchPolicy, PatternMap } from '../matching/pattern-map.ts';
import type { Session } from '../session/session.ts';
import { type CalleeEntry, type InvocationPolicy, Registration } from './registration.ts';

/** The registrations of a realm: by procedure, by id, and by session. */
export class RegistrationTable implements Iterable<Registration> {
  readonly #ids = new IdSequence();
  readonly #byProcedure = new PatternMap<Registration>();
  readonly #byId = new Map<number, Registration>();
  readonly #byCallee = new Map<Session, Map<number, CalleeEntry>>();

  get size(): number {
    return this.#byId.size;
  }

  /** The registration with this policy and URI. */
  find(match: MatchPolicy, procedure: string): Registration | undefined {
    return this.#byProcedure.get(match, procedure);
  }

  /** The registration that handles a call of `procedure`. */
  best(procedure: string): Registration | undefined {
    return this.#byProcedure.best(procedure);
  }

  get(id: number): Registration | undefined {
    return this.#byId.get(id);
  }

  [Symbol.iterator](): Iterator<Registration> {
    return this.#byId.values();
  }

  countOf(callee: Session): number {
    return this.#byCallee.get(callee)?.size ?? 0;
  }

  /** The entry of a session in a registration. */
  entryOf(callee: Session, id: number): CalleeEntry | undefined {
    return this.#byCallee.get(callee)?.get(id);
  }

  entriesOf(callee: Session): readonly CalleeEntry[] {
    return [...(this.#byCallee.get(callee)?.values() ?? [])];
  }

  /** Creates a registration without callees. */
  create(match: MatchPolicy, procedure: string, invoke: InvocationPolicy): Registration {
    const registration = new Registration(this.#ids.next(), procedure, match, invoke);
    this.#byProcedure.set(match, procedure, registration);
    this.#byId.set(registration.id, registration);
    return registration;
  }

  attach(entry: CalleeEntry): void {
    const { callee, registration } = entry;
    registration.add(entry);
    const own = this.#byCallee.get(callee);
    if (own === undefined) this.#byCallee.set(callee, new Map([[registration.id, entry]]));
    else own.set(registration.id, entry);
  }

  /** Removes a callee from its registration. Without callees, the registration is deleted. */
  detach(entry: CalleeEntry): void {
    const { callee, registration } = entry;
    registration.remove(entry);
    const own = this.#byCallee.get(callee);
    own?.delete(registration.id);
    if (own?.size === 0) this.#byCallee.delete(callee);
    if (registration.callees.length > 0) return;
    this.#byProcedure.delete(registration.match, registration.procedure);
    this.#byId.delete(registration.id);
  }
}
