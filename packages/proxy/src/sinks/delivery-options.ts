import { bytes, integer, milliseconds } from '@pgwamp/config';
import * as z from 'zod';

/** The options that the sinks of all kinds have: how the Proxy delivers to them. Each kind's schema spreads them. */
export const deliveryOptions = {
  max_in_flight: integer({ min: 1, max: 100_000 })
    .default(256)
    .describe(
      'messages that may wait for the confirmation of the broker, of each stream by itself: the log, and each source of another kind',
    ),
  max_in_flight_bytes: bytes({ min: 1 })
    .default(16 * 1024 * 1024)
    .describe('bytes of their payloads; a larger message goes alone'),
  on_refused: z
    .enum(['park', 'discard', 'hold'])
    .default('park')
    .describe(
      'what becomes of a message that the broker refuses: it is stored in crossbar.parked_message, logged and dropped, or retried until the broker takes it',
    ),
  parked_keys: z
    .enum(['wait', 'continue'])
    .default('wait')
    .describe('whether later messages with the same order key are parked behind a parked one, or go on'),
  on_down: z
    .enum(['hold', 'park'])
    .default('hold')
    .describe(
      'what becomes of messages while the broker is down for longer than down_after: PostgreSQL keeps them, or they are parked',
    ),
  down_after: milliseconds()
    .default(600_000)
    .describe('milliseconds after which a broker that cannot be reached counts as down'),
};
