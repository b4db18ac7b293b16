import * as z from 'zod';
import { ROLES } from '../authorization/role-options.ts';
import { STORE } from '../broker/store-options.ts';
import { transportSchema } from './transport-schema.ts';

const text = z.string().min(1);

/**
 * A realm with its roles.
 *
 * @see https://crossbar.io/docs/Authorization/
 */
const realmSchema = z.strictObject({
  id: text.optional(),
  name: text,
  roles: ROLES.optional(),
  store: STORE.optional(),
  options: z
    .strictObject({ uri_check: z.enum(['loose', 'strict']).optional(), enable_meta_api: z.literal(true).optional() })
    .optional(),
});

/**
 * A router worker as in the configuration of a Crossbar.io node, and `limits`, which are this router's own and are
 * checked by it.
 *
 * @see https://crossbar.io/docs/Router-Configuration/
 */
export const workerSchema = z.strictObject({
  $schema: z.string().optional(),
  id: z.string().optional(),
  type: z.literal('router').optional(),
  options: z.record(z.string(), z.unknown()).optional(),
  realms: z.array(realmSchema).min(1),
  transports: z.array(transportSchema).min(1),
  limits: z.record(z.string(), z.number()).optional(),
});

export type Worker = z.output<typeof workerSchema>;
