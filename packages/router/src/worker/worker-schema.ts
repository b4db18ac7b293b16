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
  id: text.optional().describe('accepted for Crossbar.io; it has no effect'),
  name: text.describe('the name that clients join it by'),
  roles: ROLES.optional().describe('roles and their permissions; default: every role may do everything'),
  store: STORE.optional().describe('events that the router keeps in memory'),
  options: z
    .strictObject({
      uri_check: z.enum(['loose', 'strict']).optional().describe('strictness of URI checks; default: loose'),
      enable_meta_api: z.literal(true).optional().describe('the meta API is always there'),
    })
    .optional()
    .describe('options of the realm'),
});

/**
 * A router worker as in the configuration of a Crossbar.io node, and `limits`, which are an addition of this router and
 * checked by it.
 *
 * @see https://crossbar.io/docs/Router-Configuration/
 */
export const workerSchema = z.strictObject({
  $schema: z.string().optional().describe('the JSON Schema, for editors'),
  id: z.string().optional().describe('name of the worker'),
  type: z.literal('router').optional(),
  options: z.record(z.string(), z.unknown()).optional().describe('options of the process'),
  realms: z.array(realmSchema).min(1).describe('realms that clients may join'),
  transports: z.array(transportSchema).min(1).describe('addresses and protocols that the router listens on'),
  limits: z.record(z.string(), z.number()).optional().describe('limits of the router, by name'),
});

export type Worker = z.output<typeof workerSchema>;
