import * as z from 'zod';
import { ROLES } from '../authorization/role-options.ts';
import { STORE } from '../broker/store-options.ts';

const text = z.string().min(1);

/**
 * A realm with its roles.
 *
 * @see https://crossbar.io/docs/Authorization/
 */
export const realmSchema = z.strictObject({
  id: text.optional(),
  name: text,
  roles: ROLES.optional(),
  store: STORE.optional(),
  options: z
    .strictObject({ uri_check: z.enum(['loose', 'strict']).optional(), enable_meta_api: z.literal(true).optional() })
    .optional(),
});
