/**
 * The life cycle that all components share.
 *
 * @module
 */

export { aborted, unlessAborted } from '../abort.ts';
export { type Backoff, backoff } from '../backoff.ts';
export { Doorbell } from '../doorbell.ts';
export { type EndpointsConfiguration, endpoints } from '../functions/configuration.ts';
export { OnceAMinute } from '../once-a-minute.ts';
export { ResourceStack } from '../resource-stack.ts';
export { asciiText, storableJson, storableText } from '../storable.ts';
export { Component, type ComponentEnvironment } from './component.ts';
export { classKeys, component, lifeCycle, wampIdentity } from './configuration.ts';
export type { Identity, OpenPart, RunContext, Use, UseContext } from './context.ts';
export { FailureLog } from './failure-log.ts';
export type { LifeCycleOptions } from './life-cycle.ts';
export { defaultLogger, type Logger } from './log.ts';
export { type ComponentMetrics, type Labels, type Metrics, registerMetrics } from './metrics.ts';
export { type Part, type PartOptions, stayOpen } from './part.ts';
export type { ComponentState, ComponentStatus } from './status.ts';
export { type Blocker, Waits } from './waits.ts';
