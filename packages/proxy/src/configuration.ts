import { bytes, database, parseConfiguration } from '@pgwamp/config';
import { lifeCycle } from '@pgwamp/core/internal/component';
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
    application_name: z.string().min(1).max(63).optional().describe('what pg_stat_activity shows'),
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
    lag_warning: bytes()
      .default(1024 * 1024 * 1024)
      .describe('bytes of WAL that PostgreSQL keeps for the slot, above which there is a warning'),
  })
  .superRefine(({ sources, sinks, routes }, context) => {
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
  type: z.literal('class').optional(),
  classname: z.string().optional(),
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
