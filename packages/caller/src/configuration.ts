import { bytes, database, integer, milliseconds, parseConfiguration, portNumber } from '@pgwamp/config';
import { component, lifeCycle } from '@pgwamp/core/internal/component';
import * as z from 'zod';

const text = z.string().min(1);

const link = z
  .strictObject({
    host: text.default('127.0.0.1').describe('the address to listen at; PostgreSQL connects to it'),
    port: portNumber({ min: 0 }).default(0).describe('the port to listen at; 0 for any that is free'),
    advertise: z
      .strictObject({
        host: text.describe('host name or address'),
        port: portNumber().optional().describe('port, if it is not the one that the Caller listens at'),
      })
      .optional()
      .describe('address by which PostgreSQL reaches the link, if it is not host and port'),
    tls: z
      .strictObject({
        certificate: text.describe('the certificate: PEM text, or the path of a PEM file'),
        key: text.describe('its key: PEM text, or the path of a PEM file'),
      })
      .optional()
      .describe('TLS with this certificate; no TLS if left out'),
    max_connections: integer({ min: 1, max: 100_000 }).default(500).describe('limit on connected backends'),
    max_message_size: bytes({ min: 1024, max: 2 ** 30 })
      .default(128 * 1024 * 1024)
      .describe('limit on the bytes of a call'),
    authentication_timeout: milliseconds({ min: 10 })
      .default(5000)
      .describe('time limit for connecting, in milliseconds'),
  })
  .refine(({ host, advertise }) => advertise !== undefined || !['0.0.0.0', '::'].includes(host), {
    error: 'the address by which PostgreSQL reaches it, since host stands for all addresses',
    path: ['advertise'],
  });

/** The configuration of a Caller, as in Crossbar.io, with its own `extra`. */
export const callerConfiguration = component.extend({
  extra: z.strictObject({
    ...lifeCycle,
    database,
    link: link.prefault({}).describe('server that PostgreSQL connects to for its calls'),
    async: z
      .strictObject({
        concurrency: integer({ min: 1, max: 1000 })
          .default(16)
          .describe('asynchronous calls that run at the same time'),
        statement_timeout: milliseconds()
          .default(30_000)
          .describe('time limit of a handler in milliseconds; 0 for no limit'),
      })
      .prefault({})
      .describe('asynchronous calls'),
  }),
});

/** The options of a Caller, as a user writes them. */
export type CallerOptions = z.input<typeof callerConfiguration>;
/** The validated configuration. */
export type CallerConfiguration = z.output<typeof callerConfiguration>;

/**
 * Validates a configuration. See `parseConfiguration`.
 *
 * @example
 * ```ts
 * const { extra } = parseCallerConfiguration({
 *   realm: 'realm1',
 *   transport: { type: 'websocket', url: 'ws://127.0.0.1:8080/ws' },
 *   extra: { database: { uri: '$DATABASE_URL' }, drain: '5s' },
 * });
 * console.log(extra.drain); // 5000
 * ```
 */
export function parseCallerConfiguration(options: CallerOptions): CallerConfiguration {
  return parseConfiguration(callerConfiguration, options);
}
