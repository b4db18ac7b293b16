import type { DatabaseConfiguration } from '@pgwamp/config';
import type { Finding } from '../doctor/finding.ts';
import type { OverviewRow } from '../overview/overview.ts';
import type { NodeSessionList, withoutMetrics } from '../supervisor/node-host.ts';
import type { FoundPublication } from '../workers/messages.ts';

/** A worker, as the admin endpoint of a node tells of it. */
type WorkerSummary = ReturnType<typeof withoutMetrics>['workers'][number];

/** What the page is sent every second. */
export interface ConsoleState {
  /** The configuration file of the node, or the place of the database. */
  readonly file: string;
  /** ISO 8601. */
  readonly started: string;
  /** The workers of a node. */
  readonly workers: readonly WorkerSummary[];
  /** What a database shows of components wherever they run. */
  readonly rows?: readonly OverviewRow[];
}

/** One step of a guided tour, as the page shows it. */
export interface TourStep {
  readonly title: string;
  /** What is about to happen, in a sentence or two. */
  readonly text: string;
  /** The SQL or the command that the button runs. */
  readonly command: string;
  /** What to look at afterwards. */
  readonly look: string;
}

/** A guided tour of the demo, as a view of the page. */
export interface Tour {
  readonly steps: readonly TourStep[];
  /** Does what a step says, and returns what there is to say of it. */
  run(index: number): Promise<string>;
}

/** What the console shows: a node of the same process, another one by its admin endpoint, or a database alone. */
export interface ConsoleSource {
  state(): Promise<ConsoleState>;
  /** The databases, by the names that the page shows. */
  databases(): ReadonlyMap<string, DatabaseConfiguration>;
  /** Whether there may be a router, for events and calls; true if left out. */
  readonly hasRouter?: boolean;
  /** The checks of the doctor, with what fixes what they find. */
  examine(): Promise<readonly Finding[]>;
  /** Sessions of a realm; none if no router is known. */
  listSessions?(realm: string, search: string): Promise<NodeSessionList>;
  /**
   * Ends a session of a router worker.
   *
   * @returns whether there was such a session.
   */
  closeSession?(worker: string, realm: string, session: number, message: string): Promise<boolean>;
  /** The publications that Publishers of the node remember, by the log's names or the router's. */
  findPublications?(keys: readonly string[]): Promise<readonly FoundPublication[]>;
  /** The demo has one. */
  readonly tour?: Tour;
}
