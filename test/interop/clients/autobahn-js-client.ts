import { withBytes, withMarks } from '../binary.ts';
import { Inbox } from '../inbox.ts';
import { WampFailure } from '../wamp-failure.ts';
import { type AutobahnConnection, type AutobahnSession, autobahn, type Endpoint } from './autobahn-js-library.ts';
import type { Behaviour, Call, CancelMode, Client, Dict, Payload, Received } from './client.ts';

/** A Result, or what stands for one without keywords and with at most one argument. */
function payloadOf(result: unknown): Payload {
  if (result instanceof autobahn.Result) return withMarks({ ...(result as unknown as Payload) });
  return { args: result === null ? [] : [withMarks(result)], kwargs: {} };
}

function failureFrom(error: unknown): WampFailure {
  const { error: uri, args, kwargs } = error as { error?: string; args?: unknown[]; kwargs?: Dict };
  return new WampFailure(uri, withMarks(args ?? []), withMarks(kwargs ?? {}));
}

function endpointFor(behaviour: Behaviour): Endpoint {
  switch (behaviour.does) {
    case 'echo':
      return (args, kwargs) => new autobahn.Result(args, kwargs);
    case 'details':
      return (_args, _kwargs, { progress, ...details }) => details;
    case 'answer':
      return () => withBytes(behaviour.value);
    case 'fail':
      return () => {
        throw new autobahn.Error(behaviour.uri, behaviour.args, behaviour.kwargs);
      };
    case 'progress':
      return ([count], _kwargs, { progress }) => {
        for (let step = 1; step <= Number(count); step++) progress?.([step]);
        return 'done';
      };
    case 'hang':
      return () => new Promise(() => {});
  }
}

export class AutobahnJsClient implements Client {
  readonly session: number;
  readonly welcome: Dict;
  readonly #connection: AutobahnConnection;
  readonly #session: AutobahnSession;
  readonly #closed: Promise<void>;
  /** Its subscriptions and registrations, by topic and procedure. */
  readonly #made = new Map<string, object>();

  constructor(connection: AutobahnConnection, session: AutobahnSession, welcome: Dict, closed: Promise<void>) {
    this.session = session.id;
    this.welcome = welcome;
    this.#connection = connection;
    this.#session = session;
    this.#closed = closed;
  }

  async subscribe(topic: string, options: Dict = {}): Promise<Inbox<Received>> {
    const inbox = new Inbox<Received>();
    const take = (args: unknown[], kwargs: Dict, details: Dict) =>
      inbox.push(withMarks({ args: args ?? [], kwargs: kwargs ?? {}, details: { ...details } }));
    this.#made.set(topic, await this.#answer(this.#session.subscribe(topic, take, { ...options })));
    return inbox;
  }

  async unsubscribe(topic: string): Promise<void> {
    await this.#answer(this.#session.unsubscribe(this.#made.get(topic) ?? {}));
  }

  async publish(topic: string, { args, kwargs }: Partial<Payload>, options: Dict = {}): Promise<number> {
    const all = { ...options, acknowledge: true };
    const { id } = await this.#answer(this.#session.publish(topic, withBytes(args), withBytes(kwargs), all));
    return id;
  }

  async register(procedure: string, behaviour: Behaviour, options: Dict = {}): Promise<void> {
    const registering = this.#session.register(procedure, endpointFor(behaviour), { ...options });
    this.#made.set(procedure, await this.#answer(registering));
  }

  async unregister(procedure: string): Promise<void> {
    await this.#answer(this.#session.unregister(this.#made.get(procedure) ?? {}));
  }

  call(procedure: string, { args, kwargs }: Partial<Payload> = {}, options: Dict = {}): Call {
    const call = this.#session.call(procedure, withBytes(args), withBytes(kwargs), { ...options });
    const progress = new Inbox<Payload>();
    const result = new Promise<Payload>((resolve, reject) =>
      call.then(
        (value) => resolve(payloadOf(value)),
        (error) => reject(failureFrom(error)),
        (value) => progress.push(payloadOf(value)),
      ),
    );
    return { result, progress, cancel: (mode?: CancelMode) => call.cancel(mode === undefined ? {} : { mode }) };
  }

  async leave(): Promise<void> {
    try {
      this.#connection.close();
    } catch (error) {
      // It throws this word when the connection has gone by itself.
      if (!String(error).includes('already closed')) throw error;
    }
    await this.#closed;
  }

  #answer<T>(reply: PromiseLike<T>): Promise<T> {
    return new Promise((resolve, reject) => reply.then(resolve, (error: unknown) => reject(failureFrom(error))));
  }
}
