import { bytes, database, integer, parseConfiguration } from '@pgwamp/config';
import { component, lifeCycle } from '@pgwamp/core/internal/component';
import * as z from 'zod';

/** The configuration of a Publisher, as in Crossbar.io, with its own `extra`. */
export const publisherConfiguration = component.extend({
  extra: z.strictObject({
    ...lifeCycle,
    database,
    delivery: z
      .enum(['auto', 'wal', 'outbox', 'notify'])
      .default('auto')
      .describe('how publications leave the database; auto is wal if it can, else outbox'),
    window: z
      .strictObject({
        publications: integer({ min: 1, max: 100_000 }).default(256).describe('limit on unacknowledged publications'),
        bytes: bytes({ min: 1 })
          .default(16 * 1024 * 1024)
          .describe('limit on the bytes of their text; a larger publication is sent alone'),
      })
      .prefault({})
      .describe('publications on their way to the router'),
    lag_warning: bytes()
      .default(1024 * 1024 * 1024)
      .describe('bytes of WAL kept for the slot above which a warning is logged'),
  }),
});

/** The options of a Publisher, as a user writes them. */
export type PublisherOptions = z.input<typeof publisherConfiguration>;
/** The validated configuration. */
export type PublisherConfiguration = z.output<typeof publisherConfiguration>;

/**
 * Validates a configuration. See {@link parseConfiguration}.
 *
 * @example
 * ```ts
 * const { extra } = parsePublisherConfiguration({
 *   realm: 'realm1',
 *   transport: { type: 'websocket', url: 'ws://127.0.0.1:8080/ws' },
 *   extra: { database: { uri: '$DATABASE_URL' }, delivery: 'wal' },
 * });
 * console.log(extra.delivery); // wal
 * ```
 */
export function parsePublisherConfiguration(options: PublisherOptions): PublisherConfiguration {
  return parseConfiguration(publisherConfiguration, options);
}
