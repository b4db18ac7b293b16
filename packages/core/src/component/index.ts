/**
 * The one life cycle that all components share.
 *
 * @module
 */

export { type Backoff, backoff } from '../backoff.ts';
export { Doorbell } from '../doorbell.ts';
export { Component, type Life, type Serve } from './component.ts';
export { component } from './configuration.ts';
export { elected, isServed } from './election.ts';
export { FailureLog } from './failure-log.ts';
export { defaultLogger, type Logger } from './log.ts';
export { type ComponentGauges, type Metrics, metricsFor } from './metrics.ts';
export type { ComponentState, ComponentStatus } from './status.ts';
export { type ComponentEnvironment, WampComponent } from './wamp-component.ts';
