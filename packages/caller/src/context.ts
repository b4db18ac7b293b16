import type { Logger, Part } from '@pgwamp/core/internal/component';
import type { Connection } from '@pgwamp/core/internal/postgres';
import type { CallingSession } from '@pgwamp/core/internal/wamp';
import type { AsyncCalls, AsyncCounts } from './async/async-calls.ts';
import { Calls } from './calls.ts';
import type { CallerConfiguration } from './configuration.ts';
import type { OpenLink } from './open-link.ts';

/** The state of a Caller that outlives its connections. */
export interface CallerState {
  readonly calls: Calls;
  readonly asyncCounts: AsyncCounts;
  /** See `AsyncParts`. */
  readonly suspects: Set<string>;
  /** The open link and the asynchronous calls, while it accepts calls. */
  open: { readonly link: OpenLink; readonly asyncCalls: AsyncCalls } | undefined;
}

/** The state of a Caller that has not been started. */
export function initialState(): CallerState {
  const asyncCounts = { calls: 0, failed: 0, failedHandlers: 0 };
  return { calls: new Calls(), asyncCounts, suspects: new Set(), open: undefined };
}

/** The objects that the parts of a Caller share. */
export interface CallerContext {
  readonly configuration: CallerConfiguration;
  readonly state: CallerState;
  readonly log: Logger;
  readonly applicationName: string;
  readonly database: Part<Connection>;
  readonly session: Part<CallingSession>;
  /** Joins the realm with another session. Each streaming call needs its own session. */
  join(): Promise<CallingSession>;
}
