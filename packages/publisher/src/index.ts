/**
 * The Publisher: what SQL publishes becomes WAMP events.
 *
 * @module
 */
export {
  type PublisherConfiguration,
  type PublisherOptions,
  parsePublisherConfiguration,
  publisherConfiguration,
} from './configuration.ts';
export { Publisher, type PublisherEnvironment, type PublisherStatus } from './publisher.ts';
