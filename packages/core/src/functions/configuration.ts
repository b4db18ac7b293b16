import { database, integer, milliseconds } from '@pgwamp/config';
import * as z from 'zod';

/** The part of `extra` that Callee and Subscriber share: the database, and the options for running functions. */
export const endpoints = z.strictObject({
  database,
  pool: z
    .strictObject({
      size: integer({ min: 1, max: 1000 }).default(8).describe('connections that run functions, one call each'),
      queue: integer({ max: 1_000_000 }).default(1024).describe('limit on calls that wait for a connection'),
    })
    .prefault({})
    .describe('connections that run functions'),
  statement_timeout: milliseconds()
    .default(30_000)
    .describe('time limit of a function in milliseconds; 0 for no limit'),
  roles: z
    .record(z.string(), z.string().min(1))
    .default({})
    .describe('role of PostgreSQL for each WAMP authrole, for functions with run_as "caller"'),
});

/** The validated options for running functions. */
export type EndpointsConfiguration = z.output<typeof endpoints> & {
  /** Limit on the size of a result in bytes. A larger result is answered with `wamp.error.payload_size_exceeded`. */
  readonly max_result_size?: number | undefined;
};
