import { bytes, database, parseConfiguration } from '@pgwamp/config';
import { classKeys, lifeCycle } from '@pgwamp/core/internal/component';
import * as z from 'zod';
import { routeOptions } from './routing/route-options.ts';
import { sinkOptions } from './sinks/sink-options.ts';
import { sourceOptions } from './sources/source-options.ts';

const name = z.string().regex(/^[A-Za-z][\w-]*$/, { error: 'a name of letters, digits, "_" and "-"' });

const extra = z
  .strictObject({
    ...lifeCycle,
    name: name
      .default('proxy')
      .describe('tells this Proxy from others of the database: one of those of a name works at a time'),
    database,
    presence: z
      .string()
      .min(1)
      .max(63)
      .optional()
      .describe(
        'application_name of a connection that is open only while all messages get through: what send_message of pg-event-proxy looks for',
      ),
    slot: z
      .string()
      .regex(/^[a-z0-9_]{1,63}$/, { error: 'the name of a replication slot: a-z, 0-9 and _' })
      .optional()
      .describe('the replication slot, where a source reads the write-ahead log; made from the name if left out'),
    state: z
      .enum(['database', 'auto', 'none'])
      .default('database')
      .describe('where cursors and parked messages are kept: in schema crossbar, there if it exists, or nowhere'),
    sources: z.record(name, sourceOptions).describe('where messages come from'),
    sinks: z.record(name, sinkOptions).describe('where messages go to'),
    routes: z.array(routeOptions).min(1).describe('which messages go to which sink, and what they become'),
    failover: z
      .boolean()
      .default(true)
      .describe('whether the slot is made as one that standbys keep, from PostgreSQL 17 on'),
    keep: bytes().default(0).describe('bytes of WAL that are kept although they are delivered, to rewind sinks into'),
    buffer: bytes({ min: 1024 })
      .default(16 * 1024 * 1024)
      .describe('bytes that wait in memory for one sink; one that is further behind reads the log by itself'),
    max_message_size: bytes({ min: 1 })
      .default(64 * 1024 * 1024)
      .describe('bytes of a message or of a row; a larger one is parked without its content'),
    lag_warning: bytes()
      .default(1024 * 1024 * 1024)
      .describe('bytes of WAL that PostgreSQL keeps for the slot, above which there is a warning'),
  })
  .superRefine(({ sources, sinks, routes, slot }, context) => {
    for (const name of Object.keys(sources)) {
      if (!routes.some(({ from }) => from === name)) {
        context.addIssue({ code: 'custom', path: ['sources', name], message: 'no route begins here' });
      }
    }
    for (const name of Object.keys(sinks)) {
      if (!routes.some(({ to }) => to === name)) {
        context.addIssue({ code: 'custom', path: ['sinks', name], message: 'no route leads here' });
      }
    }
    if (slot !== undefined && Object.values(sources).some(({ kind }) => kind === 'topic')) {
      const message =
        'cannot be chosen where a source is of kind topic: Publishers make the slots that publications go to';
      context.addIssue({ code: 'custom', path: ['slot'], message });
    }
    for (const [index, { from, to }] of routes.entries()) {
      if (!(from in sources))
        context.addIssue({
          code: 'custom',
          path: ['routes', index, 'from'],
          message: unknown('source', from, sources),
        });
      if (!(to in sinks))
        context.addIssue({ code: 'custom', path: ['routes', index, 'to'], message: unknown('sink', to, sinks) });
    }
  });

function unknown(what: string, named: string, known: object): string {
  return `there is no ${what} ${JSON.stringify(named)}; there is ${Object.keys(known).join(', ') || 'none'}`;
}

/** The configuration of a Proxy. */
export const proxyConfiguration = z.strictObject({
  ...classKeys,
  extra,
});

/** What a user may write. */
export type ProxyOptions = z.input<typeof proxyConfiguration>;
/** The checked configuration. */
export type ProxyConfiguration = z.output<typeof proxyConfiguration>;

/** Checks a configuration; see {@link parseConfiguration}. */
export function parseProxyConfiguration(options: ProxyOptions): ProxyConfiguration {
  return parseConfiguration(proxyConfiguration, options);
}
