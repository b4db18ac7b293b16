import type { DatabaseConfiguration } from '@pgwamp/config';
import type { Finding } from '../doctor/finding.ts';
import type { OverviewRow } from '../overview/overview.ts';
import type { NodeSessionList, withoutMetrics } from '../supervisor/node-host.ts';
import type { FoundPublication } from '../workers/messages.ts';
import type { RouterTarget } from './router-target.ts';

/** A worker, as reported by the admin endpoint of a node. */
type WorkerSummary = ReturnType<typeof withoutMetrics>['workers'][number];

/** The state that the page receives every second. */
export interface ConsoleState {
  /** The configuration file of the node, or the address of the database. */
  readonly file: string;
  /** In ISO 8601. */
  readonly started: string;
  /** The workers of a node. */
  readonly workers: readonly WorkerSummary[];
  /** The components that a database knows, wherever they run. */
  readonly rows?: readonly OverviewRow[];
}

/** One step of a guided tour on the page. */
export interface TourStep {
  readonly title: string;
  /** An announcement of the step, in one or two sentences. */
  readonly text: string;
  /** The SQL or the command that the button runs. */
  readonly command: string;
  /** A hint about the effect to observe afterwards. */
  readonly look: string;
  /** A text of the events that the step causes, which the page marks. */
  readonly mark?: string;
}

/** A guided tour of the demo, as a view of the page. */
export interface Tour {
  readonly steps: readonly TourStep[];
  /** Runs a step and returns a remark about its result. */
  run(index: number): Promise<string>;
}

/**
 * The subject of the console: a node in the same process, another node through its admin endpoint, or a database alone.
 */
export interface ConsoleSource {
  state(): Promise<ConsoleState>;
  /** The databases, by their names on the page. */
  databases(): ReadonlyMap<string, DatabaseConfiguration>;
  /** Finds the router of a realm for events and calls, by the present state; a database alone has none. */
  findRouter?(realm: string, state: ConsoleState): RouterTarget | Promise<RouterTarget>;
  /** Runs the checks of the doctor; the findings contain their fixes. */
  examine(): Promise<readonly Finding[]>;
  /** Lists sessions of a realm; empty if no router is known. */
  listSessions?(realm: string, search: string): Promise<NodeSessionList>;
  /**
   * Ends a session of a router worker.
   *
   * @returns whether the session existed.
   */
  closeSession?(worker: string, realm: string, session: number, message: string): Promise<boolean>;
  /**
   * Finds publications in the memory of the node's Publishers, by their position in the log or their id at the router.
   */
  findPublications?(keys: readonly string[]): Promise<readonly FoundPublication[]>;
  /** Only the demo has a tour. */
  readonly tour?: Tour;
}
