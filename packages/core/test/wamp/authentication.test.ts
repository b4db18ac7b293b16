import { createHmac, pbkdf2Sync } from 'node:crypto';
import { authentication } from '@pgwamp/config';
import { WampError } from '@pgwamp/core';
import { rejection } from '@pgwamp/harness/fixtures/rejection';
import { expect } from 'chai';
import { answerChallenge, credentials } from '../../src/wamp/authentication.ts';
import { joinUrl } from '../support/join.ts';
import { startRealRouter } from '../support/real-router.ts';
import { startScriptedRouter } from '../support/scripted-router.ts';

/** Joins a router that sends a challenge. Returns the offer of HELLO and the answer of AUTHENTICATE. */
async function challenged(methods: object, method: string, extra: object) {
  await using router = await startScriptedRouter();
  const joining = joinUrl(router.url, { authentication: methods, onError: () => undefined });
  const settled = joining.then(
    () => undefined,
    (error: Error) => error,
  );
  const peer = await router.peer();
  const hello = (await peer.next())[2] as Record<string, unknown>;
  peer.send([4, method, extra]);
  const answer = await peer.next();
  if (answer[0] === 5) peer.send([2, 1, { roles: {} }]);
  return { hello, answer, error: await settled };
}

describe('WAMP session: authentication', () => {
  const wampcra = { authid: 'joe', secret: 's3cr3t' };
  const challenge = '{"nonce":"n","session":1}';

  function signature(key: string): string {
    return createHmac('sha256', key).update(challenge).digest('base64');
  }

  it('is anonymous by default', () => {
    expect(credentials(authentication.parse({}))).to.deep.equal({
      methods: ['anonymous'],
      authid: undefined,
      extra: undefined,
    });
    expect(credentials(authentication.parse({ anonymous: { authid: 'joe' } }))).to.deep.include({ authid: 'joe' });
  });

  it('offers the strongest method first', () => {
    const methods = { anonymous: {}, ticket: { authid: 'joe', ticket: 't' }, wampcra };
    expect(credentials(authentication.parse(methods)).methods).to.deep.equal(['wampcra', 'ticket', 'anonymous']);
  });

  it('answers a ticket challenge with the ticket', async () => {
    const { hello, answer, error } = await challenged({ ticket: { authid: 'joe', ticket: 'letmein' } }, 'ticket', {});
    expect(hello).to.deep.include({ authmethods: ['ticket'], authid: 'joe' });
    expect(answer).to.deep.equal([5, 'letmein', {}]);
    expect(error).to.equal(undefined);
  });

  it('signs a WAMP-CRA challenge', async () => {
    const { hello, answer, error } = await challenged({ wampcra }, 'wampcra', { challenge });
    expect(hello).to.deep.include({ authmethods: ['wampcra'], authid: 'joe' });
    expect(answer).to.deep.equal([5, signature('s3cr3t'), {}]);
    expect(error).to.equal(undefined);
  });

  it('signs a salted WAMP-CRA challenge with the derived key', async () => {
    const salt = { salt: 'salt123', iterations: 100, keylen: 16 };
    const key = pbkdf2Sync('s3cr3t', 'salt123', 100, 16, 'sha256').toString('base64');
    const { answer } = await challenged({ wampcra }, 'wampcra', { challenge, ...salt });
    expect(answer).to.deep.equal([5, signature(key), {}]);
    const usual = pbkdf2Sync('s3cr3t', 'salt123', 1000, 32, 'sha256').toString('base64');
    const signed = answerChallenge(authentication.parse({ wampcra }), 'wampcra', { challenge, salt: 'salt123' });
    expect(signed).to.equal(signature(usual));
  });

  it('signs a cryptosign challenge with its Ed25519 key', async () => {
    const privkey = '4ffddd896a530ce5ee8c86b83b0d31835490a97a9cd718cb2f09c9fd31c4a7d7';
    const pubkey = '1766c9e6ec7d7b354fd7a2e4542753a23cae0b901228305621e5b8713299ccdd';
    const bytes = 'b26c1f87c13fc1da14997f1b5a71995dff8fbe0a62fae8473c7bdbd05bfb607d';
    const extra = { challenge: bytes, channel_binding: null };
    const { hello, answer } = await challenged({ cryptosign: { authid: 'joe', privkey } }, 'cryptosign', extra);
    expect(hello).to.deep.include({ authmethods: ['cryptosign'], authid: 'joe', authextra: { pubkey } });
    expect(String(answer[1]).slice(128)).to.equal(bytes);
    await using real = await startRealRouter();
    const auth = {
      cryptosign: { type: 'static', principals: { joe: { authorized_keys: [pubkey], role: 'user' } } },
    } as const;
    const { url } = await real.router.listen({ auth });
    await using session = await joinUrl(url, { authentication: { cryptosign: { privkey } } });
    expect(session.id).to.be.above(0);
  });

  it('answers a challenge by a method that was not offered with ABORT', async () => {
    const { answer, error } = await challenged({ wampcra }, 'ticket', {});
    expect(answer[0]).to.equal(3);
    expect(error).to.be.instanceOf(Error);
    expect(`${answer} ${error}`).not.to.include('s3cr3t');
    expect(() => answerChallenge(authentication.parse({ wampcra }), 'ticket', {})).to.throw(WampError);
  });

  it('does not include the secret in the error if the router refuses it', async () => {
    await using router = await startScriptedRouter();
    const joining = rejection(
      joinUrl(router.url, { authentication: { ticket: { authid: 'joe', ticket: 'letmein' } } }),
    );
    const peer = await router.peer();
    await peer.next();
    peer.send([4, 'ticket', {}]);
    await peer.next();
    peer.send([3, { message: 'wrong ticket' }, 'wamp.error.authentication_failed']);
    const error = await joining;
    expect(error).to.have.property('reason', 'wamp.error.authentication_failed');
    expect(`${error.stack}${JSON.stringify(error)}`).not.to.include('letmein');
  });
});
