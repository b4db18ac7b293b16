import { bytes, milliseconds, parseConfiguration } from '@pgwamp/config';
import { component, endpoints, lifeCycle } from '@pgwamp/core/internal/component';
import type * as z from 'zod';

/** The configuration of a Callee: Crossbar.io's, with its own `extra`. */
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

/** What a user may write. */
export type CalleeOptions = z.input<typeof calleeConfiguration>;
/** The checked configuration. */
export type CalleeConfiguration = z.output<typeof calleeConfiguration>;

/** Checks a configuration; see `parseConfiguration`. */
export function parseCalleeConfiguration(options: CalleeOptions): CalleeConfiguration {
  return parseConfiguration(calleeConfiguration, options);
}
