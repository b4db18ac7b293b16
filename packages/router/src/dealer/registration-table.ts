import { IdSequence } from '@pgwamp/protocol';
import { type MatchPolicy, PatternMap } from '../matching/pattern-map.ts';
import type { Session } from '../session/session.ts';
import type { Endpoint } from './endpoint.ts';
import type { InvocationPolicy } from './invocation-policy.ts';
import { Registration } from './registration.ts';
import type { WaitingSpace } from './waiting-calls.ts';

type EndpointsById = Map<number, Endpoint>;

/** The registrations of a realm: by procedure, by id, and by session. */
export class RegistrationTable implements Iterable<Registration> {
  /** What the calls that wait for any of them take. */
  readonly waitingSpace: WaitingSpace = { bytes: 0 };
  readonly #ids = new IdSequence();
  readonly #byProcedure = new PatternMap<Registration>();
  readonly #byId = new Map<number, Registration>();
  readonly #byCallee = new Map<Session, EndpointsById>();

  get size(): number {
    return this.#byId.size;
  }

  /** The registration that was made with this policy and URI. */
  find(match: MatchPolicy, procedure: string): Registration | undefined {
    return this.#byProcedure.get(match, procedure);
  }

  /** The registration that a call of `procedure` goes to. */
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

  /** The part that a session has in a registration. */
  endpointOf(callee: Session, id: number): Endpoint | undefined {
    return this.#byCallee.get(callee)?.get(id);
  }

  endpointsOf(callee: Session): readonly Endpoint[] {
    return [...(this.#byCallee.get(callee)?.values() ?? [])];
  }

  /** A new registration, which has no callee yet. */
  create(match: MatchPolicy, procedure: string, invoke: InvocationPolicy): Registration {
    const registration = new Registration(this.#ids.next(), procedure, match, invoke, this.waitingSpace);
    this.#byProcedure.set(match, procedure, registration);
    this.#byId.set(registration.id, registration);
    return registration;
  }

  attach(endpoint: Endpoint): void {
    const { callee, registration } = endpoint;
    registration.add(endpoint);
    const own = this.#byCallee.get(callee);
    if (own === undefined) this.#byCallee.set(callee, new Map([[registration.id, endpoint]]));
    else own.set(registration.id, endpoint);
  }

  /** Takes a callee out of its registration, which is deleted with the last one. */
  detach(endpoint: Endpoint): void {
    const { callee, registration } = endpoint;
    registration.remove(endpoint);
    const own = this.#byCallee.get(callee);
    own?.delete(registration.id);
    if (own?.size === 0) this.#byCallee.delete(callee);
    if (registration.endpoints.length > 0) return;
    this.#byProcedure.delete(registration.match, registration.procedure);
    this.#byId.delete(registration.id);
  }
}
