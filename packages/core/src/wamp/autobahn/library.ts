// The only file that imports AutobahnJS. Own types make the declarations of this package independent of AutobahnJS's
// published types, which are incomplete and belong to another version.
/// <reference path="./autobahn.d.ts" />
import { createRequire } from 'node:module';

/** A promise of AutobahnJS with the functions that settle it. */
export interface Deferred {
  readonly promise: PromiseLike<unknown>;
  resolve(value?: unknown): void;
  reject(error: unknown): void;
  notify(progress: unknown): void;
}

/** The transport of an AutobahnJS session. */
export interface Transport {
  readonly info: object;
  onmessage: (message: unknown[]) => void;
  send(message: unknown[]): void;
  close(code?: number, reason?: string): void;
}

type Handler = (
  args: unknown[],
  kwargs: Record<string, unknown>,
  details: { readonly publication: number; readonly topic: string },
) => void;

type Endpoint = (
  args: unknown[],
  kwargs: Record<string, unknown>,
  details: { readonly procedure: string; readonly progress: ((args?: unknown[], kwargs?: object) => void) | null },
) => unknown;

/** A subscription of AutobahnJS. */
export interface AutobahnSubscription {
  readonly id: number;
  readonly topic: string;
  readonly handler: Handler;
  /** False after this client or the router has ended it. */
  readonly active: boolean;
  readonly on_unsubscribe: PromiseLike<unknown>;
}

/** A registration of AutobahnJS. */
export interface AutobahnRegistration {
  readonly id: number;
  readonly procedure: string;
  readonly endpoint: Endpoint;
  /** False after this client or the router has ended it. */
  readonly active: boolean;
  readonly on_unregister: PromiseLike<unknown>;
}

/** The parts of an AutobahnJS 26 session that are used. */
export interface AutobahnSession {
  readonly id: number | null;
  readonly isOpen: boolean;
  /** The handlers of each subscription. These are the lists of AutobahnJS itself. */
  readonly subscriptions: readonly (readonly AutobahnSubscription[])[];
  readonly registrations: readonly AutobahnRegistration[];
  onjoin: (details: Record<string, unknown>) => void;
  onleave: (reason: string, details: { message?: string }) => void;
  join(realm: string, authmethods?: string[], authid?: string, authextra?: object): void;
  leave(reason?: string, message?: string): void;
  publish(topic: string, args?: unknown[], kwargs?: object, options?: object): PromiseLike<{ id: number }> | undefined;
  subscribe(topic: string, handler: Handler, options?: object): PromiseLike<AutobahnSubscription>;
  unsubscribe(subscription: AutobahnSubscription): PromiseLike<unknown>;
  register(procedure: string, endpoint: Endpoint, options?: object): PromiseLike<AutobahnRegistration>;
  unregister(registration: AutobahnRegistration): PromiseLike<unknown>;
  call(procedure: string, args?: unknown[], kwargs?: object, options?: object): PromiseLike<unknown>;
}

/** The classes and functions of AutobahnJS that are used. */
export interface AutobahnLibrary {
  readonly Session: new (
    transport: Transport,
    defer: () => Deferred,
    onchallenge: (session: AutobahnSession, method: string, extra: Record<string, unknown>) => unknown,
    onUserError: (error: unknown, message?: string) => void,
    onInternalError: (error: unknown, message?: string) => void,
  ) => AutobahnSession;
  readonly Error: new (
    error: string,
    args?: readonly unknown[],
    kwargs?: object,
  ) => { readonly error: string; readonly args: unknown[]; readonly kwargs: Record<string, unknown> };
  readonly Result: new (args?: readonly unknown[], kwargs?: object) => object;
}

let loaded: AutobahnLibrary | undefined;

/**
 * Loads the sessions of AutobahnJS with the first session. The whole library also loads serializers, cryptography and
 * polyfills, which are not used: 116 files that take 10 MB.
 */
export function autobahn(): AutobahnLibrary {
  loaded ??= createRequire(import.meta.url)('autobahn/lib/session.js') as typeof import('autobahn');
  return loaded;
}
