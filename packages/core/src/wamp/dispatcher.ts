import type { HeadElement } from '@pgwamp/protocol';
import type { AutobahnRegistration, AutobahnSession, AutobahnSubscription } from './autobahn/library.ts';
import { CallDetails, Invocation, type ReplyChannel } from './invocation.ts';
import type { PayloadText } from './payload-text.ts';
import type { RouterConnection } from './router-connection.ts';
import type { Endpoint, EventHandler } from './session.ts';

type Dict = Readonly<Record<string, unknown>>;

/**
 * Takes events to their handlers and calls to their endpoints. AutobahnJS has subscribed and registered them, and says
 * which they are. It does not hand out the messages itself: it tells a handler only a few of the details, knows no
 * INTERRUPT, and skips handlers while others unsubscribe.
 */
export class Dispatcher implements ReplyChannel {
  readonly #connection: RouterConnection;
  readonly #autobahn: AutobahnSession;
  readonly #onError: (error: unknown, message: string) => void;
  /** The lists of AutobahnJS, by subscription. */
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

  /** To be called when AutobahnJS may have added or removed something. */
  forget(): void {
    this.#handlers.clear();
    this.#endpoints.clear();
  }

  /** Takes an EVENT. One that has crossed an UNSUBSCRIBE has no handler any more. */
  event([, subscription, publication, details, args = [], kwargs = {}]: unknown[]): void {
    const handlers = this.#handlersOf(subscription as number);
    const [first] = handlers;
    if (!first) return;
    const told = { publication: publication as number, topic: first.topic, ...(details as Dict) };
    for (const { handler } of handlers) {
      try {
        (handler as EventHandler)(args as unknown[], kwargs as Record<string, unknown>, told);
      } catch (error) {
        this.#onError(error, 'an event handler has thrown');
      }
    }
  }

  /** Takes an INVOCATION. */
  invoke([, request, registration, sent, args = [], kwargs = {}]: unknown[]): void {
    const invocation = new Invocation(request as number, this);
    const found = this.#registration(registration as number);
    if (!found) {
      this.#connection.lose(`the router invoked a registration that does not exist: ${String(registration)}`);
      this.#connection.close();
      return;
    }
    this.#invocations.set(invocation.request, invocation);
    const details = new CallDetails(invocation, found.procedure, sent as Dict);
    invocation.run(found.endpoint as Endpoint, args as unknown[], kwargs as Record<string, unknown>, details);
  }

  /** Takes an INTERRUPT. The answer may have crossed it on the way. */
  interrupt([, request, options]: unknown[]): void {
    this.#invocations.get(request as number)?.interrupt((options ?? {}) as Dict);
  }

  /** Tells the endpoints that nobody waits for their answers any more. */
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
