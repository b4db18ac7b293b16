import type { Logger } from '@pgwamp/core/internal/component';
import type { RealmInfo } from '@pgwamp/router';
import type { Components } from './components.ts';
import type { WorkerReport } from './messages.ts';

/** What a worker is given besides its configuration. */
export interface WorkerContext {
  /** What the paths of the configuration are relative to. */
  readonly folder: string;
  readonly log: Logger;
}

/** A worker that runs in this process. */
export interface RunningWorker {
  readonly components: Components;
  /** Where it listens. */
  readonly urls: readonly string[];
  /** Resolves when everything works; rejects with what no waiting can fix. */
  readonly started: Promise<void>;
  /** @param withMetrics whether somebody asks for metrics: the first time they cost a library. */
  report(withMetrics: boolean): Promise<WorkerReport>;
  /** A realm of its router; undefined if it has none of this name. */
  realm(name: string): RealmInfo | undefined;
  /** Finishes what is in flight and closes everything. */
  stop(): Promise<void>;
}
