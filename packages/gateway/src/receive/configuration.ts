import { bytes, integer, milliseconds } from '@pgwamp/config';
import * as z from 'zod';
import { functionName } from '../access/configuration.ts';

const options = z.strictObject({
  function: functionName.describe('function (channel text, message text or jsonb, claims jsonb)'),
  role: z.string().min(1).optional().describe('role of the function for clients without a role'),
  timeout: milliseconds({ min: 1 }).default(5000).describe('time limit of the function in milliseconds'),
  max_answer_size: bytes({ min: 1 })
    .default(1024 * 1024)
    .describe('limit on the bytes of its result'),
  sessions: integer({ min: 1 }).default(4).describe('sessions in PostgreSQL for the function'),
  queue: integer().default(1000).describe('limit on messages that wait for a session'),
});

/** `extra.receive`: the function that receives messages of clients. */
export const receive = z.union([functionName.transform((name) => options.parse({ function: name })), options], {
  error:
    'a function with its schema and without the types of its parameters, such as app.receive, or an object with function',
});
