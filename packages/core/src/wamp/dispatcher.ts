import type { HeadElement } from '@pgwamp/protocol';
import type { AutobahnRegistration, AutobahnSession, AutobahnSubscription } from './autobahn/library.ts';
import { CallDetails, Invocation, type ReplyChannel } from './invocation.ts';
import type { PayloadText } from './payload-text.ts';
import type { RouterConnection } from './router-connection.ts';
import type { Endpoint, EventHandler } from './session.ts';

type Dict = Readonly<Record<string, unknown>>;

/**
 * Delivers events to handlers and calls to endpoints. AutobahnJS has made the subscriptions and registrations, and this
 * class reads them from it. AutobahnJS does not deliver the messages itself, because it passes only a few of the
 * details to handlers, does not support INTERRUPT, and skips handlers while others unsubscribe.
 */
export class Dispatcher implements ReplyChannel {
  readonly #connection: RouterConnection;
  readonly #autobahn: AutobahnSession;
  readonly #onError: (error: unknown, message: string) => void;
  /** The handler lists of AutobahnJS, by subscription id. */
  readonly #handlers = new Map<number, readonly AutobahnSubscription[]>();
  readonly #endpoints = new Map<number, AutobahnRegistration>();
  readonly #invocations = new Map<number, Invocation>();

  constructor(
    connection: RouterConnection,
    autobahn: AutobahnSession,
    onError: (error: unknown, message: string) => void,
  ) {
    this.#connection = connection;
    this.#autobahn = autobahn;
    this.#onError = onError;
  }

  /** Clears the caches. Called when AutobahnJS may have changed its subscriptions or registrations. */
  forget(): void {
    this.#handlers.clear();
    this.#endpoints.clear();
  }

  /** Handles an EVENT. If it has crossed an UNSUBSCRIBE, there is no handler any more. */
  event([, subscription, publication, details, args = [], kwargs = {}]: unknown[]): void {
    const handlers = this.#handlersOf(subscription as number);
    const [first] = handlers;
    if (!first) return;
    const allDetails = { publication: publication as number, topic: first.topic, ...(details as Dict) };
    for (const { handler } of handlers) {
      try {
        (handler as EventHandler)(args as unknown[], kwargs as Record<string, unknown>, allDetails);
      } catch (error) {
        this.#onError(error, 'an event handler has thrown');
      }
    }
  }

  /** Handles an INVOCATION. */
  invoke([, request, registration, sent, args = [], kwargs = {}]: unknown[]): void {
    const details = sent as Dict;
    const invocation = new Invocation(request as number, this, details.receive_progress === true);
    const found = this.#registration(registration as number);
    if (!found) {
      this.#connection.lose(`the router invoked a registration that does not exist: ${String(registration)}`);
      this.#connection.close();
      return;
    }
    this.#invocations.set(invocation.request, invocation);
    const allDetails = new CallDetails(found.procedure, details, invocation);
    invocation.run(found.endpoint as Endpoint, args as unknown[], kwargs as Record<string, unknown>, allDetails);
  }

  /** Handles an INTERRUPT. The answer may have crossed it. */
  interrupt([, request, options]: unknown[]): void {
    this.#invocations.get(request as number)?.interrupt((options ?? {}) as Dict);
  }

  /** Aborts all invocations, because they can no longer be answered. */
  lose(reason: Error): void {
    for (const invocation of this.#invocations.values()) invocation.lose(reason);
    this.#invocations.clear();
  }

  send(head: readonly HeadElement[], payload: PayloadText): void {
    this.#connection.send(head, payload);
  }

  reply(invocation: Invocation, head: readonly HeadElement[], payload: () => PayloadText): void {
    this.#invocations.delete(invocation.request);
    this.#connection.reply(head, invocation.request, payload);
  }

  drained(): Promise<void> {
    return this.#connection.drained();
  }

  #handlersOf(id: number): readonly AutobahnSubscription[] {
    const known = this.#handlers.get(id);
    if (known) return known;
    const found = this.#autobahn.subscriptions.find(([first]) => first?.id === id) ?? [];
    this.#handlers.set(id, found);
    return found;
  }

  #registration(id: number): AutobahnRegistration | undefined {
    const known = this.#endpoints.get(id);
    if (known) return known;
    const found = this.#autobahn.registrations.find((registration) => registration.id === id);
    if (found) this.#endpoints.set(id, found);
    return found;
  }
}
