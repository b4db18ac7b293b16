import * as z from 'zod';
import { assertShape } from '../worker/assert-shape.ts';
import type { Path } from '../worker/path.ts';
import { TRUSTED } from './roles.ts';

const text = z.string().min(1, 'a text that is not empty');
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
    name: text.refine((name) => name !== TRUSTED, 'another name: that role is there in every realm'),
    permissions: z.array(permission).optional(),
    authorizer: text.optional(),
  })
  .refine(({ permissions, authorizer }) => permissions === undefined || authorizer === undefined, {
    error: 'permissions or an authorizer, not both',
  });

/** The shape of a realm's `roles`. */
export const ROLES = z
  .array(role)
  .refine((roles) => new Set(roles.map(({ name }) => name)).size === roles.length, 'each name once');

/**
 * @param path where the roles stand among the options
 * @throws RouterOptionError naming path, what was found and what is expected
 */
export function assertRoles(roles: unknown, path: Path): void {
  assertShape(ROLES.optional(), roles, path);
}
