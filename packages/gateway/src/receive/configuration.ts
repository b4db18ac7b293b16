import { bytes, integer, milliseconds } from '@pgwamp/config';
import * as z from 'zod';
import { functionName } from '../access/configuration.ts';

const options = z.strictObject({
  function: functionName.describe(
    'the function (channel text, message text or jsonb, claims jsonb) that text frames of clients are given to',
  ),
  role: z.string().min(1).optional().describe('the role that it runs as for clients without a role of their own'),
  timeout: milliseconds({ min: 1 }).default(5000).describe('milliseconds that it may take'),
  max_answer_size: bytes({ min: 1 })
    .default(1024 * 1024)
    .describe('bytes that it may return'),
  sessions: integer({ min: 1 }).default(4).describe('sessions in PostgreSQL for it'),
  queue: integer().default(1000).describe('messages that may wait for a session'),
});

/** `extra.receive`: what clients send is given to a function. */
export const receive = z.union([functionName.transform((name) => options.parse({ function: name })), options], {
  error: 'a function with its schema, such as app.receive, or an object with function',
});
