import type { AutobahnRegistration, AutobahnSession, AutobahnSubscription } from './autobahn.ts';
import { endOnce, type OnRevoked } from './ending.ts';
import { InTurn } from './in-turn.ts';
import type { Endpoint } from './invocation.ts';
import type { PendingAnswers } from './pending.ts';
import type { Wire } from './wire.ts';

/** What a handler is told of an event: all details of the EVENT, and these. */
export interface EventDetails extends Readonly<Record<string, unknown>> {
  readonly publication: number;
  /** The topic that was published to, also where the subscription is for a pattern. */
  readonly topic: string;
}

/** Handles events; it must not throw, and nobody waits for it. */
export type EventHandler = (args: unknown[], kwargs: Record<string, unknown>, details: EventDetails) => void;

/** Registers and subscribes by AutobahnJS. */
export class Registering {
  readonly #autobahn: AutobahnSession;
  readonly #wire: Wire;
  readonly #pending: PendingAnswers;
  /** For AutobahnJS, the handlers of a topic share one subscription, and to end it for one while another one is being added ends both. */
  readonly #topics = new InTurn();

  constructor(autobahn: AutobahnSession, wire: Wire, pending: PendingAnswers) {
    this.#autobahn = autobahn;
    this.#wire = wire;
    this.#pending = pending;
  }

  async register(
    procedure: string,
    endpoint: Endpoint,
    options: object,
    onRevoked: OnRevoked,
  ): Promise<() => Promise<void>> {
    const { endpoints } = this.#wire;
    const answer = this.#autobahn.register(procedure, ignore, { ...options });
    // At once: a call may be behind the answer already.
    this.#pending.witness<AutobahnRegistration>(({ id }) => endpoints.add(id, procedure, endpoint));
    const registration = await answer;
    const ended = (reason: unknown) => {
      if (reason === voluntarily) return;
      endpoints.remove(registration.id);
      onRevoked(reason);
    };
    registration.on_unregister.then(ended, ignore);
    return endOnce(() => this.#unregister(registration));
  }

  async #unregister(registration: AutobahnRegistration): Promise<void> {
    if (this.#wire.lost.aborted || !registration.active) return;
    const answer = this.#autobahn.unregister(registration);
    this.#pending.witness(() => this.#wire.endpoints.remove(registration.id));
    await answer;
    registration._on_unregister.resolve(voluntarily);
  }

  async subscribe(
    topic: string,
    handler: EventHandler,
    options: object,
    onRevoked: OnRevoked,
  ): Promise<() => Promise<void>> {
    const key = topicKey(topic, options);
    const subscription = await this.#topics.do(key, async () => {
      this.#wire.lost.throwIfAborted();
      return this.#autobahn.subscribe(topic, this.#handle(handler), { ...options });
    });
    const ended = (reason: unknown) => {
      if (reason !== voluntarily) onRevoked(reason);
    };
    subscription.on_unsubscribe.then(ended, ignore);
    return endOnce(() => this.#topics.do(key, () => this.#unsubscribe(subscription)));
  }

  async #unsubscribe(subscription: AutobahnSubscription): Promise<void> {
    // Not at once: within a handler, AutobahnJS would skip the next handler of the same topic.
    await atOnce;
    if (this.#wire.lost.aborted || !subscription.active) return;
    await this.#autobahn.unsubscribe(subscription);
    subscription._on_unsubscribe.resolve(voluntarily);
  }

  #handle(handler: EventHandler) {
    return (
      args: unknown[],
      kwargs: Record<string, unknown>,
      { publication, topic }: { publication: number; topic: string },
    ) => handler(args, kwargs, { publication, topic, ...this.#wire.currentDetails });
  }
}

/** The reason of an end that this side has asked for. */
const voluntarily = Symbol('voluntarily');

const atOnce = Promise.resolve();

export function topicKey(topic: string, options: object): string {
  return `${(options as { match?: string }).match ?? 'exact'} ${topic}`;
}

function ignore(): void {}
