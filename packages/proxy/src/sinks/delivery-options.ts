import { bytes, integer, milliseconds } from '@pgwamp/config';
import * as z from 'zod';

/** The delivery options that the sinks of all kinds have. The schema of each kind includes them. */
export const deliveryOptions = {
  max_in_flight: integer({ min: 1, max: 100_000 })
    .default(256)
    .describe('limit on unconfirmed messages of each stream'),
  max_in_flight_bytes: bytes({ min: 1 })
    .default(16 * 1024 * 1024)
    .describe('limit on the bytes of the payloads of unconfirmed messages; a larger message is sent alone'),
  on_refused: z
    .enum(['park', 'discard', 'hold'])
    .default('park')
    .describe(
      'a refused message is stored in crossbar.parked_message, logged and dropped, or retried until the broker accepts it',
    ),
  parked_keys: z
    .enum(['wait', 'continue'])
    .default('wait')
    .describe('later messages with the same order key wait behind a parked one, or continue'),
  on_down: z
    .enum(['hold', 'park'])
    .default('hold')
    .describe('while the broker is down for longer than down_after, PostgreSQL keeps the messages, or they are parked'),
  down_after: milliseconds().default(600_000).describe('milliseconds until an unreachable broker is considered down'),
};
