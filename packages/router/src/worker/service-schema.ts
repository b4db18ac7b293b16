import { bytes, integer } from '@pgwamp/config';
import * as z from 'zod';
import { AUTH_SCHEMA } from '../authentication/auth-options.ts';
import { originsSchema, serializersSchema, webSocketOptionsSchema } from './wire-schema.ts';

const text = z.string().min(1);

const bridge = {
  id: text.optional(),
  realm: text,
  role: text,
  options: z
    .strictObject({
      key: text.optional(),
      secret: text.optional(),
      post_body_limit: bytes({ min: 1 }).optional(),
      timestamp_delta_limit: integer().optional(),
      require_ip: z.array(text).min(1).optional(),
      require_tls: z.boolean().optional(),
      allowed_origins: originsSchema.optional(),
      debug: z.boolean().optional(),
    })
    .optional(),
};

const webSocket = z.strictObject({
  id: text.optional(),
  type: z.literal('websocket'),
  url: text.optional(),
  serializers: serializersSchema.optional(),
  auth: AUTH_SCHEMA.optional(),
  options: webSocketOptionsSchema.optional(),
  debug: z.boolean().optional(),
});

const staticFiles = z.strictObject({
  id: text.optional(),
  type: z.literal('static'),
  directory: text,
});

const info = z.strictObject({
  id: text.optional(),
  type: z.enum(['nodeinfo', 'health', 'metrics']),
});

const service = z.discriminatedUnion(
  'type',
  [
    webSocket,
    staticFiles,
    info,
    z.strictObject({ type: z.literal('publisher'), ...bridge }),
    z.strictObject({ type: z.literal('caller'), ...bridge }),
  ],
  { error: 'a service of type websocket, static, publisher, caller, nodeinfo, health or metrics' },
);

/**
 * The services of a web transport, by path.
 *
 * @see https://crossbar.io/docs/Web-Services/
 */
export const servicesSchema = z.record(text, service);

export type ConfiguredService = z.output<typeof service>;
