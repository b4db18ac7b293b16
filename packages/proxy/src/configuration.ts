import { bytes, database, parseConfiguration } from '@pgwamp/config';
import { classKeys, lifeCycle } from '@pgwamp/core/internal/component';
import * as z from 'zod';
import { routeOptions } from './routing/route-options.ts';
import { tlsProblem } from './sinks/connecting.ts';
import { sinkOptions } from './sinks/sink-options.ts';
import { sourceOptions } from './sources/source-options.ts';

const name = z.string().regex(/^[A-Za-z][\w-]*$/, { error: 'a name of letters, digits, "_" and "-"' });

const extra = z
  .strictObject({
    ...lifeCycle,
    name: name
      .default('proxy')
      .describe('name of the Proxy; if several Proxies have the same name, one of them is active'),
    database,
    presence: z
      .string()
      .min(1)
      .max(63)
      .optional()
      .describe(
        'application_name of a connection that is open while notifications can be delivered; send_message of pg-event-proxy looks for it',
      ),
    slot: z
      .string()
      .regex(/^[a-z0-9_]{1,63}$/, { error: 'the name of a replication slot: a-z, 0-9 and _' })
      .optional()
      .describe('replication slot; default: derived from the name'),
    state: z
      .enum(['database', 'auto', 'none'])
      .default('database')
      .describe('storage of cursors and parked messages: in the schema crossbar, in that schema if it exists, or none'),
    sources: z.record(name, sourceOptions).describe('sources of messages, by name'),
    sinks: z.record(name, sinkOptions).describe('sinks for messages, by name'),
    routes: z.array(routeOptions).min(1).describe('routes from sources to sinks'),
    failover: z.boolean().default(true).describe('whether the slot is a failover slot, from PostgreSQL 17 on'),
    keep: bytes().default(0).describe('bytes of delivered WAL to keep, to rewind sinks'),
    buffer: bytes({ min: 1024 })
      .default(16 * 1024 * 1024)
      .describe('limit on bytes in memory for a sink; a sink that falls further behind gets its own reader of the log'),
    max_message_size: bytes({ min: 1 })
      .default(64 * 1024 * 1024)
      .describe('limit on the bytes of a message or row; a larger one is parked without its content'),
    lag_warning: bytes()
      .default(1024 * 1024 * 1024)
      .describe('bytes of WAL kept for the slot above which a warning is logged'),
  })
  .superRefine(({ sources, sinks, routes, slot }, context) => {
    for (const name of Object.keys(sources)) {
      if (!routes.some(({ from }) => from === name)) {
        context.addIssue({ code: 'custom', path: ['sources', name], message: 'no route uses this source' });
      }
    }
    for (const name of Object.keys(sinks)) {
      if (!routes.some(({ to }) => to === name)) {
        context.addIssue({ code: 'custom', path: ['sinks', name], message: 'no route uses this sink' });
      }
    }
    for (const [name, sink] of Object.entries(sinks)) {
      const message = tlsProblem(sink);
      if (message !== undefined) context.addIssue({ code: 'custom', path: ['sinks', name, 'tls'], message });
    }
    if (slot !== undefined && Object.values(sources).some(({ kind }) => kind === 'topic')) {
      const message = 'cannot be set with a source of kind topic: Publishers create the slots for publications';
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
  return `unknown ${what} ${JSON.stringify(named)}; expected ${Object.keys(known).join(', ') || 'none'}`;
}

/** The configuration of a Proxy. */
export const proxyConfiguration = z.strictObject({
  ...classKeys,
  extra,
});

/** The options of a Proxy, as a user writes them. */
export type ProxyOptions = z.input<typeof proxyConfiguration>;
/** The checked configuration. */
export type ProxyConfiguration = z.output<typeof proxyConfiguration>;

/**
 * Checks a configuration; see {@link parseConfiguration}.
 *
 * @example
 * ```ts
 * const { extra } = parseProxyConfiguration({
 *   extra: {
 *     database: { uri: '$DATABASE_URL' },
 *     sources: { changes: { kind: 'wal' } },
 *     sinks: { broker: { kind: 'mqtt', uri: 'mqtt://127.0.0.1' } },
 *     routes: [{ from: 'changes', to: 'broker', destination: 'shop/{table}/{action}' }],
 *   },
 * });
 * console.log(Object.keys(extra.sinks)); // [ 'broker' ]
 * ```
 */
export function parseProxyConfiguration(options: ProxyOptions): ProxyConfiguration {
  return parseConfiguration(proxyConfiguration, options);
}
