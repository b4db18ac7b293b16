import { type Logger, OnceAMinute, type Waits } from '@pgwamp/core/internal/component';
import type { Connection, Lsn, Notifications } from '@pgwamp/core/internal/postgres';
import type { ProxyConfiguration } from './configuration.ts';
import { initialSinkState, type SinkState } from './delivery/sink-state.ts';
import { Presence } from './presence.ts';
import type { NamedFunctions } from './routing/named-functions.ts';
import type { Serving } from './serving.ts';

/** The state that a Proxy keeps across connections. */
export interface ProxyState {
  readonly sinks: ReadonlyMap<string, SinkState>;
  /** Present while it serves. */
  readonly serving: Presence<Serving>;
  /** The position up to which each sink has everything, as far as this process knows. */
  readonly positions: Map<string, Lsn>;
  readonly refusals: OnceAMinute;
  /** The replication slot, while it is being read. */
  slot: string | undefined;
  /** The sinks that are behind the others and have their own readers of the log. */
  behind: () => readonly string[];
  /** The number of times that notifications may have been missed, and the start of the present interruption. */
  gaps: number;
  deafSince: number | undefined;
  /** Whether it listens to every channel now. */
  isListening: boolean;
  paused: boolean;
  /** As of the last second. */
  lag: { readonly bytes: number; readonly retained: number };
}

/** The state of a Proxy that has not been started. */
export function initialState(sinks: readonly string[]): ProxyState {
  return {
    sinks: new Map(sinks.map((name) => [name, initialSinkState()])),
    serving: new Presence(),
    positions: new Map(),
    refusals: new OnceAMinute(),
    slot: undefined,
    behind: () => [],
    gaps: 0,
    deafSince: undefined,
    isListening: false,
    paused: false,
    lag: { bytes: 0, retained: 0 },
  };
}

/** The state that the parts of a Proxy share while it is connected to PostgreSQL. */
export interface ProxyContext {
  readonly configuration: ProxyConfiguration;
  readonly state: ProxyState;
  readonly log: Logger;
  readonly waits: Waits;
  readonly connection: Connection;
  readonly notifications: Notifications;
  readonly functions: NamedFunctions;
  readonly applicationName: string;
}
