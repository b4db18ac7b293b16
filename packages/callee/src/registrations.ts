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

/** Milliseconds between two attempts to make refused registrations. */
const retryInterval = 1000;

/** The registrations of one session, which follow the changes of the database. */
export class Registrations {
  readonly #session: EndpointSession;
  readonly #deadSessions: ReadonlySet<number>;
  readonly #calls: Calls;
  readonly #log: Logger;
  readonly #refusals: RefusalLog;
  readonly #registrations = new Map<string, Registration>();
  #turn: Promise<unknown> = Promise.resolve();

  /** @param deadSessions the ids of recently lost sessions. */
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

  /** Registers, replaces and withdraws endpoints. */
  apply(changes: EndpointChanges): Promise<void> {
    const { changed, removed } = changes;
    return this.#inTurn(async () => {
      // A replaced function keeps its registration, so no call is refused in between.
      for (const { former, successor } of successions(changes, (id) => this.#registrations.get(id)?.endpoint))
        this.#handOver(former, successor.id);
      // Removed endpoints come first, because they may conflict with new ones.
      await Promise.all(removed.map((id) => this.#remove(id)));
      await Promise.all(changed.map((endpoint) => this.#put(endpoint)));
      this.#report(removed.map((endpoint) => ({ endpoint, state: undefined })));
      this.#reportAndLog(changed.flatMap(({ id }) => this.#registrations.get(id) ?? []));
    });
  }

  /** Retries refused registrations once a second, until disposed of. */
  retryRefused(): Disposable {
    const timer = setInterval(() => {
      // This only fails when the session is lost, which other parts report.
      this.#inTurn(() => this.#retry()).catch(() => clearInterval(timer));
    }, retryInterval);
    return { [Symbol.dispose]: () => clearInterval(timer) };
  }

  /** Withdraws all registrations. */
  withdraw(): Promise<void> {
    return this.#inTurn(async () => {
      await Promise.all([...this.#registrations.keys()].map((id) => this.#remove(id)));
    });
  }

  /** Deletes the reported states, because the session has ended. */
  forget(): void {
    this.#report([...this.#registrations.keys()].map((endpoint) => ({ endpoint, state: undefined })));
  }

  /**
   * Reports states to the current host. While PostgreSQL is away, nothing is reported: a new host reads everything
   * again.
   */
  #report(reports: readonly StateReport[]): void {
    this.#calls.host?.status.report(reports);
  }

  #handOver(former: string, successor: string): void {
    const registration = this.#registrations.get(former);
    // A refused endpoint is registered again.
    if (!registration?.registered) return;
    this.#registrations.delete(former);
    this.#registrations.set(successor, registration);
  }

  async #put(endpoint: Endpoint): Promise<void> {
    const known = this.#registrations.get(endpoint.id);
    if (known) return known.replace(endpoint);
    const registration: Registration = new Registration(endpoint, this.#session, this.#deadSessions, this.#calls, () =>
      this.#reportAndLog([registration]),
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
    if (accepted.length > 0)
      this.#log.info({ accepted: accepted.length }, 'the router has accepted what it refused before');
    this.#reportAndLog(refused);
  }

  #reportAndLog(registrations: readonly Registration[]): void {
    this.#report(registrations.map(({ report }) => report));
    this.#refusals.note(registrations);
  }

  /** Runs operations one after the other, in the order of their requests. */
  #inTurn(work: () => Promise<void>): Promise<void> {
    const turn = this.#turn.then(work);
    // The caller of this operation receives the error, and the next operation runs nevertheless.
    this.#turn = turn.catch(() => undefined);
    return turn;
  }
}
