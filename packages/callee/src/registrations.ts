import type { Logger } from '@pgwamp/core/internal/component';
import {
  type Endpoint,
  type EndpointChanges,
  RefusalLog,
  type StateReport,
  successions,
} from '@pgwamp/core/internal/functions';
import type { EndpointSession } from '@pgwamp/core/internal/wamp';
import type { Calls } from './calls.ts';
import { Registration } from './registration.ts';
import type { RegistrationCounts } from './status.ts';

/** Milliseconds between two tries to register what the router has refused. */
const retryInterval = 1000;

/** The registrations of one session, kept as the database has them. */
export class Registrations {
  readonly #session: EndpointSession;
  readonly #deadSessions: ReadonlySet<number>;
  readonly #calls: Calls;
  readonly #log: Logger;
  readonly #refusals: RefusalLog;
  readonly #registrations = new Map<string, Registration>();
  #turn: Promise<unknown> = Promise.resolve();

  /** @param deadSessions the ids of the sessions that were lost before. */
  constructor(session: EndpointSession, deadSessions: ReadonlySet<number>, calls: Calls, log: Logger) {
    this.#session = session;
    this.#deadSessions = deadSessions;
    this.#calls = calls;
    this.#log = log;
    this.#refusals = new RefusalLog(log);
  }

  get counts(): RegistrationCounts {
    const counts = { registered: 0, refused: 0, unusable: 0 };
    for (const { report } of this.#registrations.values()) {
      if (report.state) counts[report.state as keyof RegistrationCounts] += 1;
    }
    return counts;
  }

  /** Registers, replaces and withdraws, all together. */
  apply(changes: EndpointChanges): Promise<void> {
    const { changed, removed } = changes;
    return this.#inTurn(async () => {
      // No call is refused between a function and the one that replaces it.
      for (const { former, successor } of successions(changes, (id) => this.#registrations.get(id)?.endpoint))
        this.#handOver(former, successor.id);
      // First what is removed: it may be in the way of what is new.
      await Promise.all(removed.map((id) => this.#remove(id)));
      await Promise.all(changed.map((endpoint) => this.#put(endpoint)));
      this.#report(removed.map((endpoint) => ({ endpoint, state: undefined })));
      this.#tell(changed.flatMap(({ id }) => this.#registrations.get(id) ?? []));
    });
  }

  /** Asks the router once a second for what it has refused, until disposed of. */
  retryRefused(): Disposable {
    const timer = setInterval(() => {
      // Only the loss of the session makes it fail, and that is seen by all.
      this.#inTurn(() => this.#retry()).catch(() => clearInterval(timer));
    }, retryInterval);
    return { [Symbol.dispose]: () => clearInterval(timer) };
  }

  /** Withdraws all. */
  withdraw(): Promise<void> {
    return this.#inTurn(async () => {
      await Promise.all([...this.#registrations.keys()].map((id) => this.#remove(id)));
    });
  }

  /** Takes back what the database was told: the session is over. */
  forget(): void {
    this.#report([...this.#registrations.keys()].map((endpoint) => ({ endpoint, state: undefined })));
  }

  /** While PostgreSQL is away nobody is told; a host that is new asks for everything. */
  #report(reports: readonly StateReport[]): void {
    this.#calls.host?.status.report(reports);
  }

  #handOver(former: string, successor: string): void {
    const registration = this.#registrations.get(former);
    // What the router has refused is offered anew.
    if (!registration?.registered) return;
    this.#registrations.delete(former);
    this.#registrations.set(successor, registration);
  }

  async #put(endpoint: Endpoint): Promise<void> {
    const known = this.#registrations.get(endpoint.id);
    if (known) return known.replace(endpoint);
    const registration: Registration = new Registration(endpoint, this.#session, this.#deadSessions, this.#calls, () =>
      this.#tell([registration]),
    );
    this.#registrations.set(endpoint.id, registration);
    await registration.register();
  }

  async #remove(id: string): Promise<void> {
    const registration = this.#registrations.get(id);
    this.#registrations.delete(id);
    await registration?.withdraw();
  }

  async #retry(): Promise<void> {
    const refused = [...this.#registrations.values()].filter((registration) => registration.refused);
    await Promise.all(refused.map((registration) => registration.register()));
    const accepted = refused.filter((registration) => !registration.refused);
    if (accepted.length > 0) this.#log.info({ accepted: accepted.length }, 'the router takes what it refused before');
    this.#tell(refused);
  }

  #tell(registrations: readonly Registration[]): void {
    this.#report(registrations.map(({ report }) => report));
    this.#refusals.note(registrations);
  }

  /** One after the other: what was asked for first is not overtaken. */
  #inTurn(work: () => Promise<void>): Promise<void> {
    const turn = this.#turn.then(work);
    // The error reaches whoever has asked for this turn; the next one is taken all the same.
    this.#turn = turn.catch(() => undefined);
    return turn;
  }
}
