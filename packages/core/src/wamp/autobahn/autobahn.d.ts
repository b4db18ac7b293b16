/** What is used of AutobahnJS 26; its published types are of another version and incomplete. */
declare module 'autobahn' {
  interface Deferred {
    readonly promise: PromiseLike<unknown>;
    resolve(value?: unknown): void;
    reject(error: unknown): void;
    notify(progress: unknown): void;
  }

  interface Transport {
    readonly info: object;
    onmessage: (message: unknown[]) => void;
    send(message: unknown[]): void;
    close(code?: number, reason?: string): void;
  }

  class Session {
    constructor(
      transport: Transport,
      defer: () => Deferred,
      onchallenge: (session: Session, method: string, extra: Record<string, unknown>) => unknown,
      onUserError: (error: unknown, message?: string) => void,
      onInternalError: (error: unknown, message?: string) => void,
    );
    readonly id: number | null;
    readonly isOpen: boolean;
    /** The handlers of each subscription: the lists that AutobahnJS itself keeps. */
    readonly subscriptions: readonly (readonly Subscription[])[];
    readonly registrations: readonly Registration[];
    onjoin: (details: Record<string, unknown>) => void;
    onleave: (reason: string, details: { message?: string }) => void;
    join(realm: string, authmethods?: string[], authid?: string, authextra?: object): void;
    leave(reason?: string, message?: string): void;
    publish(
      topic: string,
      args?: unknown[],
      kwargs?: object,
      options?: object,
    ): PromiseLike<{ id: number }> | undefined;
    subscribe(topic: string, handler: Handler, options?: object): PromiseLike<Subscription>;
    unsubscribe(subscription: Subscription): PromiseLike<unknown>;
    register(procedure: string, endpoint: Endpoint, options?: object): PromiseLike<Registration>;
    unregister(registration: Registration): PromiseLike<unknown>;
    call(procedure: string, args?: unknown[], kwargs?: object, options?: object): PromiseLike<unknown>;
  }

  type Handler = (args: unknown[], kwargs: Record<string, unknown>, details: Event) => void;
  type Endpoint = (args: unknown[], kwargs: Record<string, unknown>, details: Invocation) => unknown;

  interface Event {
    readonly publication: number;
    readonly topic: string;
  }
  interface Invocation {
    readonly procedure: string;
    readonly progress: ((args?: unknown[], kwargs?: object) => void) | null;
  }
  interface Subscription {
    readonly id: number;
    readonly topic: string;
    readonly handler: Handler;
    /** Whether neither this end nor the router has ended it. */
    readonly active: boolean;
    readonly on_unsubscribe: PromiseLike<unknown>;
  }
  interface Registration {
    readonly id: number;
    readonly procedure: string;
    readonly endpoint: Endpoint;
    /** Whether neither this end nor the router has ended it. */
    readonly active: boolean;
    readonly on_unregister: PromiseLike<unknown>;
  }

  // biome-ignore lint/suspicious/noShadowRestrictedNames: it is AutobahnJS's name
  const Error: new (
    error: string,
    args?: readonly unknown[],
    kwargs?: object,
  ) => {
    readonly error: string;
    readonly args: unknown[];
    readonly kwargs: Record<string, unknown>;
  };
  const Result: new (args?: readonly unknown[], kwargs?: object) => object;

  const auth_cra: {
    sign(key: string, challenge: string): string;
    derive_key(secret: string, salt: string, iterations?: number, keylen?: number): string;
  };
}
