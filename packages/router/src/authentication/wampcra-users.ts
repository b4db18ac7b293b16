import { createHmac, randomBytes } from 'node:crypto';
import type { PrincipalSource } from './principal.ts';
import type { CraPrincipal } from './wampcra.ts';

/** Users of a configuration, by authid. */
export function staticUsers(users: Readonly<Record<string, CraPrincipal>>): PrincipalSource<CraPrincipal> {
  const known = new Map(Object.entries(users));
  return { provider: 'static', find: ({ authid = '' }) => known.get(authid) };
}

/**
 * Users who do not exist. They are challenged like the first one of those who do, with a salt that stays the same from
 * one try to the next: by asking nobody finds out which names are taken.
 */
export function decoyUsers(
  users: Readonly<Record<string, CraPrincipal>>,
): (authid: string) => CraPrincipal | undefined {
  const key = randomBytes(32);
  const [model] = Object.values(users);
  const noise = (text: string) => createHmac('sha256', key).update(text).digest('base64url');
  return (authid) => {
    if (model === undefined) return undefined;
    const { role, salt, iterations, keylen } = model;
    const saltLike = salt === undefined ? undefined : noise(`salt ${authid}`).slice(0, salt.length);
    return { role, secret: noise(`secret ${authid}`), salt: saltLike, iterations, keylen };
  };
}
