/**
 * Where a component is in its life: `stopped` → `starting` → `running`; `standby` while another instance serves; `reconnecting`
 * after a loss, until it runs again; `stopping` while it drains.
 */
export type ComponentState = 'stopped' | 'starting' | 'standby' | 'running' | 'reconnecting' | 'stopping';

/** What every component tells of itself. */
export interface ComponentStatus {
  readonly state: ComponentState;
  /** Why it is not running: the last loss, until it runs again. */
  readonly error: Error | undefined;
  /** How often it has had to connect again. */
  readonly reconnects: number;
}
