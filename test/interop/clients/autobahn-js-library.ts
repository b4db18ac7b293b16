import { createRequire } from 'node:module';
import type { Dict } from './client.ts';

/** The used parts of AutobahnJS; its published types are for another version. */
export interface AutobahnLibrary {
  readonly Connection: new (options: object) => AutobahnConnection;
  readonly Error: new (uri: string, args: readonly unknown[], kwargs: Dict) => object;
  readonly Result: new (args: readonly unknown[], kwargs: Dict) => object;
  readonly serializer: Readonly<Record<'JSONSerializer' | 'MsgpackSerializer' | 'CBORSerializer', new () => object>>;
  readonly nacl: { readonly sign: { readonly keyPair: { fromSeed(seed: Uint8Array): object } } };
  readonly log: { warn: (...words: unknown[]) => void };
  readonly auth_cra: {
    sign(key: string, challenge: string): string;
    derive_key(secret: string, salt: string, iterations: number, keylen: number): string;
  };
  readonly auth_cryptosign: {
    sign_challenge(key: object, extra: Dict): string;
    public_key(key: object): string;
  };
}

export interface AutobahnConnection {
  onopen: (session: AutobahnSession, details: Dict) => void;
  onclose: (reason: string, details: { reason?: string; message?: string }) => boolean;
  open(): void;
  close(): void;
}

export type Endpoint = (args: unknown[], kwargs: Dict, details: Dict & { progress?: Progress }) => unknown;
type Progress = (args: readonly unknown[]) => void;

interface CallPromise {
  then(done: (value: unknown) => void, failed: (error: unknown) => void, progressed: (value: unknown) => void): void;
  cancel(options: object): void;
}

export interface AutobahnSession {
  readonly id: number;
  subscribe(
    topic: string,
    handler: (args: unknown[], kwargs: Dict, details: Dict) => void,
    options: object,
  ): PromiseLike<object>;
  unsubscribe(subscription: object): PromiseLike<unknown>;
  publish(topic: string, args: unknown, kwargs: unknown, options: object): PromiseLike<{ id: number }>;
  register(procedure: string, endpoint: Endpoint, options: object): PromiseLike<object>;
  unregister(registration: object): PromiseLike<unknown>;
  call(procedure: string, args: unknown, kwargs: unknown, options: object): CallPromise;
}

export const autobahn = createRequire(import.meta.url)('autobahn') as AutobahnLibrary;

// It warns of every connection that is closed, also of those that are meant to be.
autobahn.log.warn = () => {};
