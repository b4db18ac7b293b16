import { milliseconds } from '@pgwamp/config';
import * as z from 'zod';
import { formatOptions } from '../formats/format-options.ts';
import { Template } from './template.ts';

const text = z.string().min(1);

/** A text with placeholders; see `Template`. */
const template = (schema: z.ZodString) =>
  schema.superRefine((value, context) => {
    try {
      Template.compile(value);
    } catch (error) {
      context.addIssue({ code: 'custom', message: (error as Error).message });
    }
  });

/** One route: which messages go to which sink, and what they become. */
export const routeOptions = z.strictObject({
  from: text.describe('the name of a source'),
  to: text.describe('the name of a sink'),
  tables: z.array(text).min(1).optional().describe('patterns of "schema.table", such as "shop.*"; all if left out'),
  channels: z
    .array(text)
    .min(1)
    .optional()
    .describe('patterns of channels or topics: "*" stands for any part, at the end for the rest; all if left out'),
  actions: z
    .array(z.enum(['insert', 'update', 'delete', 'truncate']))
    .min(1)
    .optional()
    .describe('changes to take; all if left out'),
  destination: template(text)
    .default('{channel}')
    .describe('template of the exchange, queue, topic, stream, subject or path'),
  key: template(z.string())
    .default('{key}')
    .describe(
      'template of the routing key, or of the key of Kafka; {key} is the key in front of the message, or the key of a row',
    ),
  order: template(z.string()).optional().describe('template of the order key; if left out, the key of a row'),
  headers: z.record(text, template(z.string())).default({}).describe('templates of headers, by their names'),
  content_type: text.optional().describe('content type; if left out, that of the format'),
  format: formatOptions
    .optional()
    .describe('raw, row, wal2json, debezium or cloudevents; if left out row for changes of rows, and raw for all else'),
  function: z
    .string()
    .regex(/^[^.]+\.[^.]+$/, { error: 'the name of a function with its schema, such as shop.route_order' })
    .optional()
    .describe(
      'SQL function: takes a message as jsonb, returns rows of destination, key, headers, payload; while it is missing, messages wait',
    ),
  function_timeout: milliseconds({ min: 1 }).default(5000).describe('time limit of the function in milliseconds'),
});

/** A route, checked. */
export type RouteOptions = z.output<typeof routeOptions>;
