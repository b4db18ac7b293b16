import { bytes, milliseconds, parseConfiguration } from '@pgwamp/config';
import { component, endpoints, lifeCycle } from '@pgwamp/core/internal/component';
import type * as z from 'zod';

/** The configuration of a Callee, as in Crossbar.io, with its own `extra`. */
export const calleeConfiguration = component.extend({
  extra: endpoints.extend({
    ...lifeCycle,
    grace: milliseconds()
      .default(5000)
      .describe('milliseconds without PostgreSQL after which registrations are withdrawn'),
    max_result_size: bytes({ min: 1024, max: 256 * 1024 * 1024 })
      .default(16 * 1024 * 1024)
      .describe('limit on the bytes of a result'),
  }),
});

/** The options of a Callee, as a user writes them. */
export type CalleeOptions = z.input<typeof calleeConfiguration>;
/** The validated configuration. */
export type CalleeConfiguration = z.output<typeof calleeConfiguration>;

/**
 * Validates a configuration. See `parseConfiguration`.
 *
 * @example
 * ```ts
 * const { extra } = parseCalleeConfiguration({
 *   realm: 'realm1',
 *   transport: { type: 'websocket', url: 'ws://127.0.0.1:8080/ws' },
 *   extra: { database: { uri: '$DATABASE_URL' }, statement_timeout: '10s' },
 * });
 * console.log(extra.statement_timeout); // 10000
 * ```
 */
export function parseCalleeConfiguration(options: CalleeOptions): CalleeConfiguration {
  return parseConfiguration(calleeConfiguration, options);
}
