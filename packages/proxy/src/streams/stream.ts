import type { Branch } from './branch.ts';

/** Something that is read, routed, and handed to a branch for each sink. */
export interface Stream extends AsyncDisposable {
  /** By the names of the sinks. */
  readonly branches: ReadonlyMap<string, Branch>;
  /**
   * Reads until the signal aborts.
   *
   * @throws what was lost.
   */
  run(stop: AbortSignal): Promise<void>;
}
