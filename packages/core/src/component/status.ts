/**
 * The state of a component: `stopped` → `starting` → `running`. `standby` while another instance serves. `reconnecting`
 * after a loss, until it runs again. `stopping` while `stop()` waits for running work.
 */
export type ComponentState = 'stopped' | 'starting' | 'standby' | 'running' | 'reconnecting' | 'stopping';

/** Status fields common to all components. */
export interface ComponentStatus {
  /** `stopped`, `starting`, `standby`, `running`, `reconnecting` or `stopping`. */
  readonly state: ComponentState;
  /** The cause of the last loss, until the component runs again. */
  readonly error: Error | undefined;
  /** Number of losses and of failed attempts to connect since the component was created. */
  readonly reconnects: number;
  /**
   * Sessions and transactions in PostgreSQL that the component waits for before it can work: process ids of sessions
   * with open transactions or locks, and names of prepared transactions. Empty while it waits for nothing.
   */
  readonly waitsFor: readonly (number | string)[];
}
