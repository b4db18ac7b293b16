import { MessageType } from '@pgwamp/protocol';
import { expect } from 'chai';
import { type AuthOptions, RouterOptionError, Uri } from '../../src/index.ts';
import { abortOf, challengeOf, startAuthenticating, welcomeOf } from '../support/authenticating.ts';
import { startRouter } from '../support/router.ts';

const ticket = { type: 'static', principals: { joe: { ticket: 's3cr3t', role: 'user' } } } as const;
const wampcra = { type: 'static', users: { joe: { secret: 's3cr3t', role: 'user' } } } as const;
const anonymous = { type: 'static', role: 'guest' } as const;

describe('Authentication', () => {
  it("uses the first of the client's methods that the endpoint offers", async () => {
    await using test = await startAuthenticating({ ticket, wampcra });
    await using first = await test.hello({ authmethods: ['scram', 'wampcra', 'ticket'], authid: 'joe' });
    await challengeOf(first, 'wampcra');
    await using second = await test.hello({ authmethods: ['ticket', 'wampcra'], authid: 'joe' });
    await challengeOf(second, 'ticket');
  });

  it('uses the next method if HELLO does not contain the fields that a method requires', async () => {
    await using test = await startAuthenticating({ ticket, anonymous });
    await using client = await test.hello({ authmethods: ['ticket', 'anonymous'] });
    expect(await welcomeOf(client)).to.include({ authrole: 'guest', authmethod: 'anonymous' });
  });

  it('refuses a client without a method that the endpoint offers', async () => {
    await using test = await startAuthenticating({ ticket });
    for (const authmethods of [undefined, [], ['anonymous'], ['scram'], 'ticket', [null, 7]]) {
      await using client = await test.hello({ authmethods, authid: 'joe' });
      expect((await abortOf(client)).reason).to.equal(Uri.NO_MATCHING_AUTH_METHOD);
    }
  });

  it('gives anonymous clients the configured role and their own authids', async () => {
    await using test = await startAuthenticating({ anonymous });
    await using one = await test.hello({ authid: 'joe' });
    await using other = await test.hello({ authid: 'joe' });
    const identities = [await welcomeOf(one), await welcomeOf(other)];
    for (const identity of identities) expect(identity).to.include({ authrole: 'guest' });
    expect(new Set(['joe', ...identities.map(({ authid }) => authid)])).to.have.property('size', 3);
  });

  it('is configured for each endpoint', async () => {
    await using test = await startAuthenticating({ ticket });
    await using client = await test.hello({ authmethods: ['ticket'], authid: 'joe' });
    await challengeOf(client, 'ticket');
    expect(test.url).not.to.equal('');
    expect(test.router.stats()).to.include({ connections: 1, sessions: 0 });
  });

  it('fails if the realm does not have the role', async () => {
    const realms = [{ name: 'realm1', roles: [{ name: 'guest' }] }];
    await using test = await startAuthenticating({ ticket, anonymous }, { realms });
    await using client = await test.hello({ authmethods: ['ticket'], authid: 'joe' });
    await challengeOf(client, 'ticket');
    client.send([MessageType.AUTHENTICATE, 's3cr3t', {}]);
    expect((await abortOf(client)).reason).to.equal(Uri.NO_SUCH_ROLE);
    await using guest = await test.hello({});
    expect(await welcomeOf(guest)).to.include({ authrole: 'guest' });
  });

  it('fails if the realm does not exist', async () => {
    await using test = await startAuthenticating({ ticket });
    await using client = await test.hello({ authmethods: ['ticket'], authid: 'joe' }, 'nowhere');
    await challengeOf(client, 'ticket');
    client.send([MessageType.AUTHENTICATE, 's3cr3t', {}]);
    expect((await abortOf(client)).reason).to.equal(Uri.NO_SUCH_REALM);
  });

  it('fails without an answer within the timeout', async () => {
    await using test = await startAuthenticating({ ticket }, { limits: { authenticationTimeout: 30 } });
    await using client = await test.hello({ authmethods: ['ticket'], authid: 'joe' });
    await challengeOf(client, 'ticket');
    expect((await abortOf(client)).reason).to.equal(Uri.AUTHENTICATION_FAILED);
    await client.closed;
  });

  it('fails after any other message than AUTHENTICATE', async () => {
    await using test = await startAuthenticating({ ticket });
    const messages = [
      [1, 'realm1', { roles: { caller: {} } }],
      [MessageType.PUBLISH, 1, {}, 'com.example.topic'],
      [6, {}, 'x.y'],
      [5, 7, {}],
      [5, 's'],
    ];
    for (const message of messages) {
      await using client = await test.hello({ authmethods: ['ticket'], authid: 'joe' });
      await challengeOf(client, 'ticket');
      client.send(message);
      expect((await abortOf(client)).reason).to.equal(Uri.PROTOCOL_VIOLATION);
    }
    await using leaving = await test.hello({ authmethods: ['ticket'], authid: 'joe' });
    await challengeOf(leaving, 'ticket');
    leaving.send([MessageType.ABORT, {}, 'wamp.error.cannot_authenticate']);
    expect((await leaving.closed).code).to.equal(1000);
  });

  it('ends the session if AUTHENTICATE comes after WELCOME', async () => {
    await using test = await startAuthenticating({ anonymous });
    await using client = await test.hello({});
    await welcomeOf(client);
    client.send([MessageType.AUTHENTICATE, 's3cr3t', {}]);
    expect((await abortOf(client)).reason).to.equal(Uri.PROTOCOL_VIOLATION);
  });

  const wrong: [path: string, auth: unknown][] = [
    ['auth', {}],
    ['auth.scram', { scram: { type: 'static' } }],
    ['auth.ticket.type', { ticket: { type: 'magic' } }],
    ['auth.ticket.principals', { ticket: { type: 'static' } }],
    ['auth.ticket.principals.joe.role', { ticket: { type: 'static', principals: { joe: { ticket: 's3cr3t' } } } }],
    [
      'auth.ticket.principals.joe.ticket',
      { ticket: { type: 'static', principals: { joe: { ticket: 5, role: 'a' } } } },
    ],
    [
      'auth.wampcra.users.joe.keylen',
      { wampcra: { type: 'static', users: { joe: { secret: 's3cr3t', role: 'a', keylen: 0 } } } },
    ],
    [
      'auth.cryptosign.principals.joe.authorized_keys[0]',
      { cryptosign: { type: 'static', principals: { joe: { role: 'a', authorized_keys: ['s3cr3t'] } } } },
    ],
    ['auth.ticket.authenticator', { ticket: { type: 'dynamic' } }],
  ];
  for (const [path, auth] of wrong) {
    it(`names the wrong option, and no secret: ${path}`, async () => {
      await using test = await startRouter();
      const error = await test.router.listen({ auth: auth as AuthOptions }).catch((reason: unknown) => reason);
      expect(error).to.be.instanceOf(RouterOptionError);
      expect((error as Error).message).to.satisfy((message: string) => message.startsWith(`${path}: `));
      expect((error as Error).message).not.to.include('s3cr3t');
    });
  }
});
