import type { Access, Client } from '../context.ts';

const anybody: Client = { claims: {}, role: undefined, expires: undefined };
const permission: Disposable = { [Symbol.dispose]: () => undefined };

/** Everybody may listen to every channel that the gateway offers. */
const none: Access = {
  authenticate: async () => anybody,
  renew: async () => anybody,
  permit: async () => permission,
};

/** What `extra.auth` says. */
export function openAccess(): Access {
  return none;
}
