/**
 * The Publisher: publishes events from SQL to WAMP.
 *
 * @module
 */
export type { ComponentEnvironment, ComponentState, ComponentStatus } from '@pgwamp/core/internal/component';
export {
  type PublisherConfiguration,
  type PublisherOptions,
  parsePublisherConfiguration,
  publisherConfiguration,
} from './configuration.ts';
export type { AcknowledgedPublication } from './publication-receipts.ts';
export { Publisher } from './publisher.ts';
export type { PublisherStatus } from './status.ts';
