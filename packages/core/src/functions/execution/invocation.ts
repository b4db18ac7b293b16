import type { Endpoint } from '../endpoints/endpoint.ts';
import type { Progress } from './result-collector.ts';

/** A call as its function gets it. */
export interface Invocation {
  readonly endpoint: Endpoint;
  readonly args: readonly unknown[];
  readonly kwargs: Readonly<Record<string, unknown>>;
  /** `procedure` where the registration is a pattern, and what the router discloses of the caller. */
  readonly details: Readonly<Record<string, unknown>>;
  /** Milliseconds until the call ends with `wamp.error.timeout`, its wait for a session included; 0 or undefined for no bound. */
  readonly timeout?: number | undefined;
  /** Aborted when the call is cancelled. */
  readonly signal?: AbortSignal | undefined;
  /** Gets the rows of a function that returns a set, one by one; the next ones are read when it has resolved. */
  readonly progress?: Progress | undefined;
}
