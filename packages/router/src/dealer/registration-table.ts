import { IdSequence } from '../protocol/ids.ts';
import type { Session } from '../session/session.ts';
import type { Registration } from './registration.ts';

/** The registrations of a realm: by procedure, by id, and by session. */
export class RegistrationTable {
  readonly #ids = new IdSequence();
  readonly #byProcedure = new Map<string, Registration>();
  readonly #byId = new Map<number, Registration>();
  readonly #byCallee = new Map<Session, Set<Registration>>();

  get size(): number {
    return this.#byId.size;
  }

  /** The registration that a call of `procedure` goes to. */
  find(procedure: string): Registration | undefined {
    return this.#byProcedure.get(procedure);
  }

  countOf(callee: Session): number {
    return this.#byCallee.get(callee)?.size ?? 0;
  }

  add(callee: Session, procedure: string): Registration {
    const registration = { id: this.#ids.next(), procedure, callee };
    this.#byProcedure.set(procedure, registration);
    this.#byId.set(registration.id, registration);
    const own = this.#byCallee.get(callee);
    if (own === undefined) this.#byCallee.set(callee, new Set([registration]));
    else own.add(registration);
    return registration;
  }

  /** Whether there was anything to remove. */
  remove(callee: Session, id: number): boolean {
    const registration = this.#byId.get(id);
    if (registration === undefined || registration.callee !== callee) return false;
    this.#byCallee.get(callee)?.delete(registration);
    this.#drop(registration);
    return true;
  }

  removeAll(callee: Session): void {
    for (const registration of this.#byCallee.get(callee) ?? []) this.#drop(registration);
    this.#byCallee.delete(callee);
  }

  #drop(registration: Registration): void {
    this.#byProcedure.delete(registration.procedure);
    this.#byId.delete(registration.id);
  }
}
