import { generateKeyPairSync } from 'node:crypto';
import { MessageType } from '@pgwamp/protocol';
import { expect } from 'chai';
import { type AuthOptions, Uri } from '../../src/index.ts';
import { startAuthenticating } from '../support/authenticating.ts';
import { provide } from '../support/provider.ts';
import { WampClient } from '../support/wamp-client.ts';

const LIMIT = 5;
const authenticator = 'com.example.authenticate';
const dynamic = { type: 'dynamic', authenticator } as const;

const pubkey = generateKeyPairSync('ed25519')
  .publicKey.export({ format: 'der', type: 'spki' })
  .subarray(-32)
  .toString('hex');

const salted = { secret: 's3cr3t', role: 'user', salt: 'salt123', iterations: 10 };

const methods: [name: string, method: string, auth: AuthOptions][] = [
  ['ticket', 'ticket', { ticket: { type: 'static', principals: { joe: { ticket: 's3cr3t', role: 'user' } } } }],
  ['wampcra', 'wampcra', { wampcra: { type: 'static', users: { joe: { secret: 's3cr3t', role: 'user' } } } }],
  ['salted wampcra', 'wampcra', { wampcra: { type: 'static', users: { joe: salted } } }],
  [
    'cryptosign',
    'cryptosign',
    { cryptosign: { type: 'static', principals: { joe: { role: 'user', authorized_keys: [pubkey] } } } },
  ],
  ['dynamic ticket', 'ticket', { ticket: dynamic }],
  ['dynamic anonymous', 'anonymous', { anonymous: dynamic }],
];

describe('Failed authentications of an address', () => {
  for (const [name, method, auth] of methods) {
    it(`are limited, without effect on other addresses: ${name}`, async () => {
      await using test = await startAuthenticating(auth, { limits: { maxFailedAuthentications: LIMIT } });
      using authenticating = await provide(test.router, authenticator, () => ({ error: 'com.example.error.no' }));
      const open = await test.router.listen({ auth });
      const attempt = async (index: number, address: string) => {
        await using client = await WampClient.connect(open.url, ['wamp.2.json'], address);
        const details = { authmethods: [method], authid: `joe${index}`, authextra: { pubkey } };
        client.send([MessageType.HELLO, 'realm1', { roles: { caller: {} }, ...details }]);
        const first = await client.next();
        if (first[0] !== MessageType.CHALLENGE) return first[2];
        client.send([MessageType.AUTHENTICATE, 'wrong', {}]);
        return (await client.next())[2];
      };
      for (let index = 0; index < LIMIT; index++) {
        expect(await attempt(index, '127.0.0.1'), String(index)).not.to.equal(Uri.UNAVAILABLE);
      }
      const { length } = authenticating.calls;
      expect(await attempt(LIMIT, '127.0.0.1')).to.equal(Uri.UNAVAILABLE);
      // The authenticator is not called for an address with too many failures.
      expect(authenticating.calls.length).to.equal(length);
      expect(await attempt(0, '127.0.0.2')).not.to.equal(Uri.UNAVAILABLE);
    });
  }

  it('are counted for concurrent attempts too', async () => {
    const ticket = { type: 'static', principals: { joe: { ticket: 's3cr3t', role: 'user' } } } as const;
    await using test = await startAuthenticating({ ticket }, { limits: { maxFailedAuthentications: LIMIT } });
    const clients = await Promise.all(
      Array.from({ length: 4 * LIMIT }, () => test.hello({ authmethods: ['ticket'], authid: 'joe' })),
    );
    for (const client of clients) expect((await client.next())[0]).to.equal(MessageType.CHALLENGE);
    for (const client of clients) client.send([MessageType.AUTHENTICATE, 'wrong', {}]);
    const reasons = await Promise.all(clients.map(async (client) => (await client.next())[2]));
    expect(reasons.filter((reason) => reason === Uri.AUTHENTICATION_DENIED)).to.have.length(LIMIT);
    for (const client of clients) await client[Symbol.asyncDispose]();
  });

  it('do not exclude anonymous clients if the endpoint accepts them', async () => {
    const ticket = { type: 'static', principals: { joe: { ticket: 's3cr3t', role: 'user' } } } as const;
    const auth = { ticket, anonymous: { type: 'static' } } as const;
    await using test = await startAuthenticating(auth, { limits: { maxFailedAuthentications: 1 } });
    await using wrong = await test.hello({ authmethods: ['ticket'], authid: 'joe' });
    await wrong.next();
    wrong.send([MessageType.AUTHENTICATE, 'wrong', {}]);
    expect((await wrong.next())[2]).to.equal(Uri.AUTHENTICATION_DENIED);
    await using right = await test.hello({ authmethods: ['ticket'], authid: 'joe' });
    expect((await right.next())[2]).to.equal(Uri.UNAVAILABLE);
    await using anybody = await test.hello({});
    expect((await anybody.next())[0]).to.equal(MessageType.WELCOME);
  });
});
