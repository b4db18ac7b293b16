import type { ChildProcess } from 'node:child_process';
import { Socket } from 'node:net';
import type { SessionList } from '@pgwamp/router';
import type { FoundPublication, ToWorker, WorkerFailure, WorkerReport } from '../workers/messages.ts';

/** The end of a process. */
export interface Ending {
  /** The exit code, or null if a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The reason, if the worker has reported one before. */
  readonly failure?: WorkerFailure | undefined;
}

/** One process of a worker, from its start to its end. A restarted worker has a new one. */
export interface Run {
  readonly pid: number | undefined;
  /** Resolves to the URLs that it listens on when everything works; stays pending if the process ends before. */
  readonly ready: Promise<readonly string[]>;
  /** Resolves when the process has ended. */
  readonly ended: Promise<Ending>;
  /** Asks the process to complete work in flight and to exit. */
  stop(): void;
  /** Kills the process. */
  kill(): void;
  /** The state of the process; undefined without an answer in time, or if it is a guest. */
  report(withMetrics: boolean): Promise<WorkerReport | undefined>;
  /**
   * Finds publications with these keys in the memory of its Publishers; empty without an answer in time, or if it is a
   * guest.
   */
  findPublications(keys: readonly string[]): Promise<readonly FoundPublication[]>;
  /**
   * The sessions of a realm of its router; undefined if it has no such realm, gives no answer in time, or is a guest.
   */
  listSessions(realm: string, search: string): Promise<SessionList | undefined>;
  /**
   * Ends a session of a realm of its router.
   *
   * @returns whether the session existed.
   * @throws without an answer in time.
   */
  closeSession(realm: string, session: number, message: string): Promise<boolean>;
  /** Sends a message to the worker; guests do not receive it. */
  tell(message: ToWorker): void;
}

/** Time limit in milliseconds for the rest of the output of a process that has exited. */
const outputTimeout = 1000;

/**
 * Calls back when a process has exited and its output was read. Another process that it has started may keep its output
 * open, which is not waited for.
 */
export function onEnd(child: ChildProcess, end: (code: number | null, signal: NodeJS.Signals | null) => void): void {
  child.once('exit', (code, signal) => {
    const finish = () => {
      clearTimeout(timer);
      for (const stream of [child.stdout, child.stderr]) if (stream instanceof Socket) stream.unref();
      end(code, signal);
    };
    const timer = setTimeout(finish, outputTimeout);
    child.once('close', finish);
  });
}

/** Describes the end of a process. */
export function endingText({ code, signal, failure }: Ending): string {
  if (failure) return failure.message;
  return signal ? `ended by signal ${signal}` : `exit code ${code}`;
}
