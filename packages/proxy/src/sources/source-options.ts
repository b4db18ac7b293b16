import * as z from 'zod';

const text = z.string().min(1);

const framing = z
  .enum(['none', 'key'])
  .default('none')
  .describe('key: a message "key|payload" is split at the first pipe, unless it is JSON');

/** NOTIFY: at most once. */
const channel = z.strictObject({
  kind: z.literal('channel'),
  channels: z.array(text).min(1).describe('the channels to LISTEN to; upper and lower case differ'),
  framing,
});

/** Rows of a message table, deleted after delivery. */
const durable = z.strictObject({
  kind: z.literal('durable'),
  table: text.default('events.events').describe('the table, qualified: columns id, channel and message'),
  channels: z.array(text).min(1).optional().describe('only rows of these channels; default: all'),
  optional: z.boolean().default(false).describe('whether the table may be missing'),
  framing,
});

/** Publications of crossbar.publish. */
const topic = z.strictObject({
  kind: z.literal('topic'),
  topics: z.array(text).min(1).describe('patterns of topics: "*" matches any part of a topic, at the end the rest'),
});

/** Row changes from the write-ahead log. */
const wal = z.strictObject({
  kind: z.literal('wal'),
  publications: z
    .array(text)
    .min(1)
    .default(['pgwamp_proxy'])
    .describe('publications of PostgreSQL with the tables; their WHERE and column lists apply'),
  create: z.boolean().default(false).describe('whether to create a missing publication, for all tables'),
  tables: z.array(text).min(1).optional().describe('patterns of "schema.table", such as "public.*"; default: all'),
  actions: z
    .array(z.enum(['insert', 'update', 'delete', 'truncate']))
    .min(1)
    .default(['insert', 'update', 'delete', 'truncate'])
    .describe('changes to take'),
  columns: z.array(text).min(1).optional().describe('patterns of the columns to keep; default: all'),
  exclude_columns: z.array(text).default([]).describe('patterns of columns to leave out'),
  transactions: z.boolean().default(false).describe('whether begin and commit of transactions are messages'),
  messages: z.boolean().default(false).describe('whether logical messages of pg_logical_emit_message are messages'),
});

/** `extra.sources.NAME`; the options depend on `kind`. */
export const sourceOptions = z.discriminatedUnion('kind', [channel, durable, topic, wal], {
  error: 'a source of kind channel, durable, topic or wal',
});

/** A source, checked. */
export type SourceOptions = z.output<typeof sourceOptions>;
