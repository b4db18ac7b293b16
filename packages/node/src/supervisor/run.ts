import type { SessionList } from '@pgwamp/router';
import type { FoundPublication, ToWorker, WorkerFailure, WorkerReport } from '../workers/messages.ts';

/** How a process has ended. */
export interface Ending {
  /** The exit code, or null if a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Why, if the worker has said so before. */
  readonly failure?: WorkerFailure | undefined;
}

/** One process of a worker, from its start to its end. A worker that is restarted has another one each time. */
export interface Run {
  readonly pid: number | undefined;
  /** Resolves with the URLs that it listens at, when everything works; stays pending if the process ends before. */
  readonly ready: Promise<readonly string[]>;
  /** Resolves when the process is gone. */
  readonly ended: Promise<Ending>;
  /** Asks the process to finish what is in flight and to exit. */
  stop(): void;
  /** Ends the process without asking. */
  kill(): void;
  /** The state of the process; undefined if it does not answer in time, or is none of ours. */
  report(withMetrics: boolean): Promise<WorkerReport | undefined>;
  /** The publications that Publishers of the process remember by these keys; none if it does not answer in time, or is none of ours. */
  findPublications(keys: readonly string[]): Promise<readonly FoundPublication[]>;
  /** Sessions of a realm of its router; undefined if it has none, does not answer in time, or is none of ours. */
  listSessions(realm: string, search: string): Promise<SessionList | undefined>;
  /**
   * Ends a session of a realm of its router.
   *
   * @returns whether there was such a session.
   * @throws if it does not answer in time.
   */
  closeSession(realm: string, session: number, message: string): Promise<boolean>;
  /** Hands a message to the worker; one that is none of ours does not get it. */
  tell(message: ToWorker): void;
}

/** A text that says how a process has ended. */
export function endingText({ code, signal, failure }: Ending): string {
  if (failure) return failure.message;
  return signal ? `ended by signal ${signal}` : `exit code ${code}`;
}
