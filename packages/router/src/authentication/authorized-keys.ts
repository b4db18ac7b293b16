import { announcedKey, type KeyPrincipal } from './cryptosign.ts';
import type { Principal, PrincipalSource } from './principal.ts';

/** A principal of static cryptosign authentication. */
export interface KeyHolder extends Principal {
  /** Its public keys, each 32 bytes in hexadecimal. */
  readonly authorized_keys: readonly string[];
}

interface Holding {
  readonly authid: string;
  readonly holder: KeyHolder;
}

function holdingsByKey(principals: Readonly<Record<string, KeyHolder>>): ReadonlyMap<string, readonly Holding[]> {
  const byKey = new Map<string, Holding[]>();
  for (const [authid, holder] of Object.entries(principals)) {
    for (const key of new Set(holder.authorized_keys.map((it) => it.toLowerCase()))) {
      const holdings = byKey.get(key) ?? [];
      holdings.push({ authid, holder });
      byKey.set(key, holdings);
    }
  }
  return byKey;
}

/**
 * Principals of a configuration. A client that gives no authid is whoever holds its key, if that is one and the same.
 */
export function staticKeys(principals: Readonly<Record<string, KeyHolder>>): PrincipalSource<KeyPrincipal> {
  const byKey = holdingsByKey(principals);
  return {
    provider: 'static',
    find: (claim) => {
      const pubkey = announcedKey(claim) ?? '';
      const holdings = byKey.get(pubkey) ?? [];
      const meant = claim.authid === undefined ? holdings : holdings.filter(({ authid }) => authid === claim.authid);
      const [holding] = meant;
      if (holding === undefined || meant.length > 1) return undefined;
      const { role, realm, extra } = holding.holder;
      return { pubkey, role, realm, extra, authid: holding.authid };
    },
  };
}
