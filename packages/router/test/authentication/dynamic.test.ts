import { createHmac, generateKeyPairSync, sign } from 'node:crypto';
import { MessageType } from '@pgwamp/protocol';
import { expect } from 'chai';
import { Uri } from '../../src/index.ts';
import { abortOf, challengeOf, startAuthenticating, welcomeOf } from '../support/authenticating.ts';
import { until } from '../support/deadline.ts';
import { type Answer, provide } from '../support/provider.ts';

const authenticator = 'com.example.authenticate';
const dynamic = { type: 'dynamic', authenticator } as const;
const byTicket = { authmethods: ['ticket'], authid: 'joe', authextra: { device: 'phone' } };

describe('Dynamic authentication', () => {
  it('calls the authenticator with realm, authid and details, including the ticket', async () => {
    await using test = await startAuthenticating({ ticket: dynamic });
    using authenticating = await provide(test.router, authenticator, (_realm, authid, details) => {
      const { ticket } = details as { ticket: string };
      return ticket === 's3cr3t' ? [{ role: 'user', authid: `${authid}@home`, extra: { team: 7 } }] : { error: 'x.no' };
    });
    await using client = await test.hello(byTicket);
    await challengeOf(client, 'ticket');
    client.send([MessageType.AUTHENTICATE, 's3cr3t', {}]);
    const welcome = await welcomeOf(client);
    expect(welcome).to.deep.include({ authid: 'joe@home', authrole: 'user', authprovider: 'dynamic' });
    expect(welcome.authextra).to.eql({ team: 7 });
    const [realm, authid, details] = authenticating.calls[0] as [string, string, Record<string, unknown>];
    expect([realm, authid]).to.eql(['realm1', 'joe']);
    expect(details).to.deep.include({ authmethod: 'ticket', ticket: 's3cr3t', authextra: { device: 'phone' } });
    expect(details).to.include({ session: welcome.session });
    expect((details.transport as { type: string }).type).to.equal('websocket');
  });

  it('accepts a role as the answer', async () => {
    await using test = await startAuthenticating({ ticket: dynamic });
    using _ = await provide(test.router, authenticator, () => ['user']);
    await using client = await test.hello(byTicket);
    await challengeOf(client, 'ticket');
    client.send([MessageType.AUTHENTICATE, 's3cr3t', {}]);
    expect(await welcomeOf(client)).to.include({ authid: 'joe', authrole: 'user' });
  });

  it('uses the secret of the answer for wampcra', async () => {
    await using test = await startAuthenticating({ wampcra: dynamic });
    using _ = await provide(test.router, authenticator, () => [{ secret: 's3cr3t', role: 'user' }]);
    await using client = await test.hello({ authmethods: ['wampcra'], authid: 'joe' });
    const { challenge } = await challengeOf(client, 'wampcra');
    expect(challenge).not.to.include('s3cr3t');
    client.send([
      MessageType.AUTHENTICATE,
      createHmac('sha256', 's3cr3t').update(String(challenge)).digest('base64'),
      {},
    ]);
    expect(await welcomeOf(client)).to.include({ authid: 'joe', authrole: 'user', authprovider: 'dynamic' });
  });

  for (const uri of [Uri.NO_SUCH_PRINCIPAL, Uri.AUTHENTICATION_DENIED]) {
    it(`does not reveal that an authid is unknown if the authenticator answers with ${uri}`, async () => {
      const salt = { salt: '0123456789abcdef', iterations: 10, keylen: 16 };
      await using test = await startAuthenticating({ wampcra: dynamic, ticket: dynamic, cryptosign: dynamic });
      using _ = await provide(test.router, authenticator, (_realm, authid) =>
        authid === 'joe' ? [{ secret: 's3cr3t', role: 'user', ...salt }] : { error: uri },
      );
      const authextra = { pubkey: '00'.repeat(32) };
      for (const method of ['wampcra', 'ticket', 'cryptosign']) {
        for (const authid of method === 'wampcra' ? ['joe', 'nobody'] : ['nobody']) {
          await using client = await test.hello({ authmethods: [method], authid, authextra });
          const extra = await challengeOf(client, method);
          if (method === 'wampcra') expect(extra).to.include({ iterations: 10, keylen: 16 });
          if (method === 'wampcra') expect(extra.salt).to.match(/^[0-9a-f]{16}$/);
          client.send([MessageType.AUTHENTICATE, 'wrong', {}]);
          expect(await abortOf(client)).to.eql({
            reason: Uri.AUTHENTICATION_DENIED,
            message: 'the authentication was denied',
          });
        }
      }
    });
  }

  it('uses the key and the authid of the answer for cryptosign', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    const pubkey = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32).toString('hex');
    await using test = await startAuthenticating({ cryptosign: dynamic });
    using authenticating = await provide(test.router, authenticator, (_realm, _authid, details) => [
      { pubkey: (details as { authextra: { pubkey: string } }).authextra.pubkey, role: 'user', authid: 'joe' },
    ]);
    await using client = await test.hello({ authmethods: ['cryptosign'], authextra: { pubkey } });
    const { challenge } = await challengeOf(client, 'cryptosign');
    const message = Buffer.from(String(challenge), 'hex');
    client.send([
      MessageType.AUTHENTICATE,
      Buffer.concat([sign(null, message, privateKey), message]).toString('hex'),
      {},
    ]);
    expect(await welcomeOf(client)).to.include({ authid: 'joe', authrole: 'user' });
    expect(authenticating.calls[0]?.[1]).to.equal(null);
  });

  it('calls the authenticator for anonymous clients too', async () => {
    await using test = await startAuthenticating({ anonymous: dynamic });
    using _ = await provide(test.router, authenticator, () => [{ role: 'guest' }]);
    await using client = await test.hello({});
    expect(await welcomeOf(client)).to.include({ authrole: 'guest', authmethod: 'anonymous', authprovider: 'dynamic' });
  });

  it('calls the authenticator in the realm of the configuration, which may choose another realm for the client', async () => {
    const anonymous = { ...dynamic, 'authenticator-realm': 'backstage' };
    await using test = await startAuthenticating({ anonymous }, { realms: ['realm1', 'backstage'] });
    using _ = await provide(test.router, authenticator, () => [{ role: 'guest', realm: 'realm1' }], 'backstage');
    await using client = await test.hello({}, 'wherever');
    expect(await welcomeOf(client)).to.include({ realm: 'realm1' });
  });

  const refusals: [what: string, answer: Answer, reason: string][] = [
    ['its own reason', { error: 'com.example.error.expired' }, 'com.example.error.expired'],
    ['a reason of the protocol', { error: Uri.NO_SUCH_PRINCIPAL }, Uri.NO_SUCH_PRINCIPAL],
    ['an exception', { error: 'wamp.error.runtime_error' }, Uri.AUTHENTICATION_FAILED],
    ['nothing', [], Uri.AUTHENTICATION_FAILED],
    ['a dictionary without a role', [{ authid: 'joe' }], Uri.AUTHENTICATION_FAILED],
    ['a role that is none', [{ role: 7 }], Uri.AUTHENTICATION_FAILED],
    ['true', [true], Uri.AUTHENTICATION_FAILED],
  ];
  for (const [what, answer, reason] of refusals) {
    it(`refuses the client if the authenticator answers with ${what}`, async () => {
      await using test = await startAuthenticating({ anonymous: dynamic });
      using _ = await provide(test.router, authenticator, () => answer);
      await using client = await test.hello({});
      const abort = await abortOf(client);
      expect(abort.reason).to.equal(reason);
      expect(abort.message).not.to.include('words');
    });
  }

  it('refuses the client if the authenticator is missing or does not answer in time', async () => {
    await using test = await startAuthenticating({ anonymous: dynamic }, { limits: { authenticationTimeout: 40 } });
    await using early = await test.hello({});
    expect((await abortOf(early)).reason).to.equal(Uri.AUTHENTICATION_FAILED);
    using _ = await provide(test.router, authenticator, () => undefined);
    await using late = await test.hello({});
    expect((await abortOf(late)).reason).to.equal(Uri.AUTHENTICATION_FAILED);
    await until(() => test.router.stats().pendingCalls === 0, 'the call to the authenticator is over');
  });

  it('ignores an answer for a client that has disconnected', async () => {
    await using test = await startAuthenticating({ anonymous: dynamic });
    using authenticating = await provide(test.router, authenticator, () => undefined);
    const client = await test.hello({});
    await until(() => authenticating.calls.length === 1, 'the authenticator is asked');
    await client[Symbol.asyncDispose]();
    await until(() => test.router.stats().connections === 1, 'only the authenticator is left');
    authenticating.answer([{ role: 'guest' }]);
    await until(() => test.router.stats().pendingCalls === 0, 'the answer arrives');
    expect(test.router.stats()).to.include({ sessionsOpened: 1, sessions: 1 });
    expect(test.errors).to.eql([]);
  });

  it('ends the connection of a client that sends a message before the answer', async () => {
    await using test = await startAuthenticating({ anonymous: dynamic });
    using authenticating = await provide(test.router, authenticator, () => undefined);
    await using client = await test.hello({});
    await until(() => authenticating.calls.length === 1, 'the authenticator is asked');
    client.send([MessageType.SUBSCRIBE, 1, {}, 'com.example.topic']);
    expect((await abortOf(client)).reason).to.equal(Uri.PROTOCOL_VIOLATION);
  });
});
