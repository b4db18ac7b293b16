import type { Branch } from './branch.ts';

/** A source that is read, routed, and split into a branch for each sink. */
export interface Stream extends AsyncDisposable {
  /** By the name of the sink. */
  readonly branches: ReadonlyMap<string, Branch>;
  /**
   * Reads until the signal aborts.
   *
   * @throws the loss of a connection.
   */
  run(stop: AbortSignal): Promise<void>;
}
