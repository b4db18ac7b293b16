import type { Logger } from '@pgwamp/core/internal/component';
import type { RealmInfo } from '@pgwamp/router';
import type { Components } from './components.ts';
import type { WorkerReport } from './messages.ts';

/** The context of a worker besides its configuration. */
export interface WorkerContext {
  /** The folder that relative paths refer to. */
  readonly folder: string;
  readonly log: Logger;
}

/** A worker that runs in this process. */
export interface RunningWorker {
  readonly components: Components;
  /** The URLs that it listens on. */
  readonly urls: readonly string[];
  /** Resolves when everything works; rejects with an error that waiting cannot fix. */
  readonly started: Promise<void>;
  /** @param withMetrics whether to include metrics; the first time, this loads a library. */
  report(withMetrics: boolean): Promise<WorkerReport>;
  /** A realm of its router; undefined if it does not exist. */
  realm(name: string): RealmInfo | undefined;
  /** Completes work in flight and closes everything. */
  stop(): Promise<void>;
}
