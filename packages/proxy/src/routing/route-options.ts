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

/** One route: selects messages of a source for a sink, and defines their form. */
export const routeOptions = z.strictObject({
  from: text.describe('the name of a source'),
  to: text.describe('the name of a sink'),
  tables: z.array(text).min(1).optional().describe('patterns of "schema.table", such as "shop.*"; default: all'),
  channels: z
    .array(text)
    .min(1)
    .optional()
    .describe('patterns of channels or topics: "*" matches any part, at the end the rest; default: all'),
  actions: z
    .array(z.enum(['insert', 'update', 'delete', 'truncate']))
    .min(1)
    .optional()
    .describe('actions to route; default: all'),
  destination: template(text)
    .default('{channel}')
    .describe('template of the exchange, queue, topic, stream, subject or path'),
  key: template(z.string())
    .default('{key}')
    .describe(
      'template of the routing key, or of the key of Kafka; {key} is the key before the message, or the key of a row',
    ),
  order: template(z.string()).optional().describe('template of the order key; default: the key of a row'),
  headers: z.record(text, template(z.string())).default({}).describe('templates of headers, by their names'),
  content_type: text.optional().describe('content type; default: that of the format'),
  format: formatOptions
    .optional()
    .describe('raw, row, wal2json, debezium or cloudevents; default: row for row changes, otherwise raw'),
  function: z
    .string()
    .regex(/^[^.()]+\.[^.()]+$/, {
      error: 'the name of a function with its schema and without the types of its parameters, such as shop.route_order',
    })
    .optional()
    .describe(
      'SQL function: gets a message as jsonb, returns rows of destination, key, headers, payload; if it does not exist, or another owner has created it again, messages wait',
    ),
  function_timeout: milliseconds({ min: 1 }).default(5000).describe('time limit of the function in milliseconds'),
});

/** A route, checked. */
export type RouteOptions = z.output<typeof routeOptions>;
