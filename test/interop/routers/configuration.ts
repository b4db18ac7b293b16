import type { Address, Credentials } from '../clients/client.ts';

/** Everybody who may authenticate, by the name that the scenarios give them. */
export const people = {
  ticket: { method: 'ticket', authid: 'joe', ticket: 's3cr3t' },
  wampcra: { method: 'wampcra', authid: 'joe', secret: 's3cr3t' },
  salted: { method: 'wampcra', authid: 'salty', secret: 's3cr3t' },
  cryptosign: {
    method: 'cryptosign',
    authid: 'joe',
    privateKey: '4d57d97a68f555696620a6d849c0ce582568518d729eb753dc7c732de2804510',
    publicKey: '1adfc8bfe1d35616e64dffbd900096f23b066f914c8c2ffbb66f6075b96e116d',
  },
} as const satisfies Record<string, Credentials>;

const everything = { call: true, register: true, publish: true, subscribe: true };

function role(name: string, discloses: boolean) {
  const disclose = { caller: discloses, publisher: discloses };
  return { name, permissions: [{ uri: '', match: 'prefix', allow: everything, disclose, cache: true }] } as const;
}

/** The realm, in the form that both routers read. Who authenticates is disclosed. */
export const realms = [{ name: 'realm1', roles: [role('anonymous', false), role('user', true)] }] as const;

/** The users, in the form that both routers read. */
export const auth = {
  ticket: { type: 'static', principals: { joe: { ticket: people.ticket.ticket, role: 'user' } } },
  wampcra: {
    type: 'static',
    users: {
      joe: { secret: people.wampcra.secret, role: 'user' },
      salty: { secret: people.salted.secret, role: 'user', salt: 'salt123', iterations: 1000, keylen: 32 },
    },
  },
  cryptosign: {
    type: 'static',
    principals: { joe: { realm: 'realm1', role: 'user', authorized_keys: [people.cryptosign.publicKey] } },
  },
} as const;

/** The transports, in the form that both routers read. */
export function transports(port: number, rawSocketPort: number) {
  const tcp = (on: number) => ({ type: 'tcp', port: on, interface: '127.0.0.1' }) as const;
  const bridge = { realm: 'realm1', role: 'anonymous' } as const;
  const paths = {
    ws: { type: 'websocket' },
    auth: { type: 'websocket', auth },
    publish: { type: 'publisher', ...bridge },
    call: { type: 'caller', ...bridge },
  } as const;
  const rawSocket = {
    type: 'rawsocket',
    endpoint: tcp(rawSocketPort),
    serializers: ['cbor', 'msgpack', 'json'],
  } as const;
  return [{ type: 'web', endpoint: tcp(port), paths }, rawSocket] as const;
}

/** The addresses of a router with these transports. */
export function addressOf(port: number, rawSocketPort: number): Address {
  const web = `127.0.0.1:${port}`;
  return { url: `ws://${web}/ws`, authUrl: `ws://${web}/auth`, httpUrl: `http://${web}`, rawSocketPort };
}
