import * as z from 'zod';

const text = z.string().min(1);

/** One route: which messages go to which sink, and what they become. */
export const routeOptions = z.strictObject({
  from: text.describe('the name of a source'),
  to: text.describe('the name of a sink'),
  destination: text
    .default('{schema}.{table}.{action}')
    .describe('template of the exchange, queue, topic, stream, subject or path'),
  key: z.string().default('').describe('template of the routing key, or of the key of Kafka'),
});

/** A route, checked. */
export type RouteOptions = z.output<typeof routeOptions>;
