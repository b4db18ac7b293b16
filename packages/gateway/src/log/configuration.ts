import { bytes, milliseconds } from '@pgwamp/config';
import * as z from 'zod';
import type { RowRule } from '../rows/row-rule.ts';

const text = z.string().min(1);

const rule = z
  .union(
    [
      z.enum(['security', 'all']).transform((rows): RowRule => ({ rows })),
      z
        .strictObject({
          column: text.describe('a column'),
          claim: text.describe('claim that must be equal to the column'),
        })
        .transform((filter): RowRule => ({ rows: 'filter', ...filter })),
    ],
    { error: '"security", "all", or an object with column and claim' },
  )
  .describe(
    'rows that a client sees: those that its role and claims may SELECT, all, or those with one of its claims in a column',
  );

/** `extra.tables`: the tables whose changes clients may listen to. */
export const tables = z
  .record(z.string().regex(/^[^.]+\../, { error: 'a table with its schema, such as public.orders' }), rule)
  .default({})
  .describe('tables that clients may listen to as table:schema.name');

const durable = z.strictObject({
  slot: z
    .string()
    .regex(/^[a-z0-9_]{1,63}$/, { error: 'a name of a slot: a-z, 0-9 and _' })
    .describe('replication slot that keeps the log while no Gateway runs'),
  age: milliseconds().default(600_000).describe('milliseconds to keep the log for clients that reconnect'),
  bytes: bytes()
    .default(64 * 1024 * 1024)
    .describe('limit on the bytes of messages in memory'),
  wal: bytes()
    .default(1024 ** 3)
    .describe('limit on the bytes of log that PostgreSQL keeps while a Gateway runs'),
});

/** `extra.log`: the options of reading the log for topics and tables. */
export const log = z
  .strictObject({
    publication: text.default('pgwamp_gateway').describe('the publication of the tables'),
    max_message_size: bytes({ min: 1024 })
      .default(16 * 1024 * 1024)
      .describe('limit on the bytes of a row or publication; a larger one causes a gap'),
    row_timeout: milliseconds({ min: 1 })
      .default(5000)
      .describe('time limit for row level security of a batch, in milliseconds'),
    sessions: z.int().min(1).default(2).describe('sessions in PostgreSQL that evaluate row level security'),
    durable: durable
      .optional()
      .describe('slot that keeps the log, so that clients resume exactly after a restart of the Gateway'),
  })
  .prefault({})
  .describe('reading of the log, for topics and tables');
