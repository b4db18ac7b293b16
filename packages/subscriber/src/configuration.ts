import { integer, parseConfiguration } from '@pgwamp/config';
import { component, endpoints, lifeCycle } from '@pgwamp/core/internal/component';
import * as z from 'zod';

/** The configuration of a Subscriber, as in Crossbar.io, with its own `extra`. */
export const subscriberConfiguration = component.extend({
  extra: endpoints.extend({
    ...lifeCycle,
    pool: z
      .strictObject({ size: integer({ min: 1, max: 1000 }).default(8).describe('connections that handle events') })
      .prefault({})
      .describe('connections of handlers'),
    queue: z
      .strictObject({
        events: integer({ min: 1, max: 10_000_000 }).default(10_000).describe('limit on waiting events'),
        overflow: z
          .enum(['pause', 'drop_oldest'])
          .default('pause')
          .describe('when the queue is full: stop reading from the router, or drop the oldest event'),
      })
      .prefault({})
      .describe('events that wait for their handlers'),
  }),
});

/** The options of a Subscriber, as a user writes them. */
export type SubscriberOptions = z.input<typeof subscriberConfiguration>;
/** The validated configuration. */
export type SubscriberConfiguration = z.output<typeof subscriberConfiguration>;

/**
 * Validates a configuration. See `parseConfiguration`.
 *
 * @example
 * ```ts
 * const { extra } = parseSubscriberConfiguration({
 *   realm: 'realm1',
 *   transport: { type: 'websocket', url: 'ws://127.0.0.1:8080/ws' },
 *   extra: { database: { uri: '$DATABASE_URL' }, pool: { size: 4 } },
 * });
 * console.log(extra.pool.size); // 4
 * ```
 */
export function parseSubscriberConfiguration(options: SubscriberOptions): SubscriberConfiguration {
  return parseConfiguration(subscriberConfiguration, options);
}
