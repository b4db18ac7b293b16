import type { Logger, Part } from '@pgwamp/core/internal/component';
import {
  type Endpoint,
  type EndpointChanges,
  type FunctionHost,
  isUsable,
  RefusalLog,
  type StateReport,
  successions,
} from '@pgwamp/core/internal/functions';
import type { EndpointSession } from '@pgwamp/core/internal/wamp';
import { SessionSubscription } from './session-subscription.ts';
import type { SubscriptionBacklog, SubscriptionCounts } from './status.ts';
import { type QueueServices, SubscriptionQueue } from './subscription-queue.ts';

/** Number of subscriptions whose backlog the status contains. */
const maxBacklogs = 100;

/**
 * The subscriptions of the database, each with its queue and its state at the router. The queues remain when the
 * session or the host is lost. A new session makes all subscriptions again, and a new host receives all states.
 */
export class Subscriptions {
  readonly #services: QueueServices;
  readonly #database: Part<FunctionHost>;
  readonly #log: Logger;
  readonly #refusals: RefusalLog;
  readonly #queues = new Map<string, SubscriptionQueue>();
  readonly #held = new Map<string, SessionSubscription>();
  #session: EndpointSession | undefined;

  constructor(services: QueueServices, database: Part<FunctionHost>, log: Logger) {
    this.#services = services;
    this.#database = database;
    this.#log = log;
    this.#refusals = new RefusalLog(log);
  }

  get counts(): SubscriptionCounts {
    const counts = { subscribed: 0, refused: 0, unusable: 0 };
    for (const id of this.#queues.keys()) {
      const { state } = this.#stateOf(id);
      if (state) counts[state as keyof SubscriptionCounts] += 1;
    }
    return counts;
  }

  /** The subscriptions with the most unhandled events. */
  get backlogs(): readonly SubscriptionBacklog[] {
    const sizeOf = ({ waiting, retrying }: SubscriptionBacklog) => waiting + retrying;
    return Iterator.from(this.#queues.values())
      .map(({ backlog }) => backlog)
      .filter((backlog) => sizeOf(backlog) > 0)
      .toArray()
      .sort((one, other) => sizeOf(other) - sizeOf(one))
      .slice(0, maxBacklogs);
  }

  /** Replaces all subscriptions by those of a new host. */
  async replace(endpoints: readonly Endpoint[]): Promise<void> {
    const kept = new Set(endpoints.map(({ id }) => id));
    const removed = [...this.#queues.keys()].filter((id) => !kept.has(id));
    await this.change({ changed: endpoints, removed });
  }

  /** Applies changes of the database. Resolves when the router has answered. */
  async change(changes: EndpointChanges): Promise<void> {
    const { changed, removed } = changes;
    const replaced = successions(changes, (id) => this.#queues.get(id)?.endpoint);
    const handedOver = replaced.map(({ former, successor }) => this.#handOver(former, successor));
    for (const endpoint of changed) this.#put(endpoint);
    await Promise.all([...handedOver, this.#subscribe()]);
    await Promise.all(removed.map((id) => this.#remove(id)));
    this.#report([...changed.map(({ id }) => id), ...removed]);
  }

  /** Makes all subscriptions in a new session. Resolves when the router has answered. */
  async join(session: EndpointSession): Promise<void> {
    this.#session = session;
    await this.#subscribe();
  }

  /** Retries the subscriptions that the router has refused. */
  async retry(): Promise<void> {
    for (const [id, { state }] of this.#held) if (state === 'refused') this.#held.delete(id);
    await this.#subscribe();
  }

  /** Ignores further events, because the session has ended. */
  leave(): void {
    this.#session = undefined;
    for (const held of this.#held.values()) held.ignore();
    this.#held.clear();
    this.#report([...this.#queues.keys()]);
  }

  /** Ends all pauses before retries. */
  expireRetries(): void {
    for (const queue of this.#queues.values()) queue.expireRetries();
  }

  /** Drops the waiting events. */
  close(): void {
    for (const queue of this.#queues.values()) queue.close();
    this.#queues.clear();
  }

  /** Passes the queue of a handler, with its waiting events, to the handler that replaces it. */
  async #handOver(former: string, successor: Endpoint): Promise<void> {
    const queue = this.#queues.get(former);
    if (!queue) return;
    this.#queues.delete(former);
    this.#queues.set(successor.id, queue);
    queue.endpoint = successor;
    const held = this.#held.get(former);
    this.#held.delete(former);
    if (!held || !this.#session) return;
    await this.#subscribeQueue(successor.id, queue, this.#session, held);
    await this.#end(former, held);
  }

  #put(endpoint: Endpoint): void {
    const queue = this.#queues.get(endpoint.id);
    if (queue) queue.endpoint = endpoint;
    else this.#queues.set(endpoint.id, new SubscriptionQueue(endpoint, this.#services));
  }

  async #remove(id: string): Promise<void> {
    this.#queues.get(id)?.close();
    this.#queues.delete(id);
    const held = this.#held.get(id);
    this.#held.delete(id);
    if (held) await this.#end(id, held);
  }

  async #end(id: string, held: SessionSubscription): Promise<void> {
    try {
      await held.end();
    } catch (error) {
      this.#log.warn({ err: error, subscription: id }, 'the router did not end a subscription');
    }
  }

  /** Makes all subscriptions that do not exist yet. */
  async #subscribe(): Promise<void> {
    const session = this.#session;
    if (!session) return;
    const missing = [...this.#queues].filter(([id]) => !this.#held.has(id));
    await Promise.all(missing.map(([id, queue]) => this.#subscribeQueue(id, queue, session)));
  }

  async #subscribeQueue(
    id: string,
    queue: SubscriptionQueue,
    session: EndpointSession,
    former?: SessionSubscription,
  ): Promise<void> {
    const held = new SessionSubscription(queue, session, () => this.#report([id]), former);
    this.#held.set(id, held);
    await held.settled;
  }

  #report(ids: readonly string[]): void {
    const reports = ids.map((id) => this.#stateOf(id));
    this.#database.current?.status.report(reports);
    this.#refusals.note(
      reports.flatMap((report) => {
        const endpoint = this.#queues.get(report.endpoint)?.endpoint;
        return endpoint ? [{ endpoint, report }] : [];
      }),
    );
  }

  #stateOf(id: string): StateReport {
    const routine = this.#queues.get(id)?.endpoint.routine;
    if (routine && !isUsable(routine)) return { endpoint: id, state: 'unusable', error: routine.problem };
    const held = this.#held.get(id);
    return { endpoint: id, state: held?.state, error: held?.error?.message };
  }
}
