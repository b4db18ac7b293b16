import { listeningEndpoint } from '@pgwamp/config';
import * as z from 'zod';
import { AUTH_SCHEMA } from '../authentication/auth-options.ts';
import { servicesSchema } from './service-schema.ts';
import { rawSocketOptionsSchema, serializersSchema, webSocketOptionsSchema } from './wire-schema.ts';

const text = z.string().min(1);

const auth = AUTH_SCHEMA.optional();

const common = { id: text.optional(), endpoint: listeningEndpoint, debug: z.boolean().optional() };

const webSocket = z.strictObject({
  ...common,
  type: z.literal('websocket'),
  url: text.optional(),
  serializers: serializersSchema.optional(),
  auth,
  options: webSocketOptionsSchema.optional(),
});

const rawSocket = z.strictObject({
  ...common,
  type: z.literal('rawsocket'),
  serializers: serializersSchema.optional(),
  auth,
  options: rawSocketOptionsSchema.optional(),
});

const web = z.strictObject({
  ...common,
  type: z.literal('web'),
  paths: servicesSchema,
  allowed_hosts: z.array(text).min(1).optional().describe('names that the header Host may have, without the port'),
});

/**
 * A listening transport of a router worker.
 *
 * @see https://crossbar.io/docs/Router-Transports/
 */
export const transportSchema = z.discriminatedUnion('type', [webSocket, rawSocket, web], {
  error: 'a transport of type websocket, rawsocket or web',
});

export type ConfiguredTransport = z.output<typeof transportSchema>;
