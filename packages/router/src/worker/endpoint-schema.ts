import * as z from 'zod';

const text = z.string().min(1);

const portError = { error: 'a port from 0 to 65535' };

/** A port as a number, or as the digits that an environment variable holds. */
const port = z
  .union([z.number(), z.string().regex(/^\d+$/).transform(Number)], portError)
  .pipe(z.int(portError).min(0, portError).max(65535, portError));

const tls = z.strictObject({
  key: text,
  certificate: text,
  chain_certificates: z.array(text).optional(),
  ca_certificates: z.array(text).optional(),
  ciphers: text.optional(),
  dhparam: text.optional(),
});

const tcp = z.strictObject({
  type: z.literal('tcp'),
  port,
  interface: text.optional(),
  version: z.literal([4, 6]).optional(),
  backlog: z.int().min(1).max(65535).optional(),
  tls: tls.optional(),
});

const unix = z.strictObject({
  type: z.literal('unix'),
  path: text,
  backlog: z.int().min(1).max(65535).optional(),
});

/**
 * Where a transport listens.
 *
 * @see https://crossbar.io/docs/Transport-Endpoints/
 */
export const endpointSchema = z.discriminatedUnion('type', [tcp, unix], { error: 'an endpoint of type tcp or unix' });

export type Endpoint = z.output<typeof endpointSchema>;

export type TlsFiles = z.output<typeof tls>;
