import * as z from 'zod';

const text = z.string().min(1);
const flag = z.boolean().optional();

const permission = z.strictObject({
  uri: z.string(),
  match: z.enum(['exact', 'prefix', 'wildcard']).optional(),
  allow: z.strictObject({ call: flag, register: flag, publish: flag, subscribe: flag }).optional(),
  disclose: z.strictObject({ caller: flag, publisher: flag }).optional(),
  cache: flag,
});

const role = z
  .strictObject({
    id: text.optional(),
    name: text,
    permissions: z.array(permission).optional(),
    authorizer: text.optional(),
  })
  .refine(({ permissions, authorizer }) => permissions === undefined || authorizer === undefined, {
    error: 'permissions or an authorizer, not both',
  });

/**
 * A realm with its roles.
 *
 * @see https://crossbar.io/docs/Authorization/
 */
export const realmSchema = z.strictObject({
  id: text.optional(),
  name: text,
  roles: z.array(role).optional(),
  options: z
    .strictObject({ uri_check: z.enum(['loose', 'strict']).optional(), enable_meta_api: z.literal(true).optional() })
    .optional(),
});

export type ConfiguredRealm = z.output<typeof realmSchema>;
