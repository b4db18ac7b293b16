import * as z from 'zod';
import { realmSchema } from './realm-schema.ts';
import { transportSchema } from './transport-schema.ts';

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
