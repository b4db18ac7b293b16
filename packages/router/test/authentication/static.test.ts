import { createHmac, createPrivateKey, createPublicKey, generateKeyPairSync, pbkdf2Sync, sign } from 'node:crypto';
import { MessageType } from '@pgwamp/protocol';
import { expect } from 'chai';
import { DecoyUsers } from '../../src/authentication/decoy-users.ts';
import { Uri } from '../../src/index.ts';
import { abortOf, challengeOf, startAuthenticating, welcomeOf } from '../support/authenticating.ts';
import type { WampClient } from '../support/wamp-client.ts';

const DENIED = { reason: Uri.AUTHENTICATION_DENIED, message: 'the authentication was denied' };

describe('Ticket authentication', () => {
  const auth = {
    ticket: { type: 'static', principals: { joe: { ticket: 's3cr3t', role: 'user', extra: { team: 7 } } } },
  } as const;
  const hello = { authmethods: ['ticket'], authid: 'joe' };

  it('accepts the right ticket', async () => {
    await using test = await startAuthenticating(auth);
    await using client = await test.hello(hello);
    expect(await challengeOf(client, 'ticket')).to.eql({});
    client.send([MessageType.AUTHENTICATE, 's3cr3t', {}]);
    expect(await welcomeOf(client)).to.deep.include({
      realm: 'realm1',
      authid: 'joe',
      authrole: 'user',
      authmethod: 'ticket',
      authprovider: 'static',
      authextra: { team: 7 },
    });
  });

  it('answers the same for an unknown authid and for a wrong ticket', async () => {
    await using test = await startAuthenticating(auth);
    for (const authid of ['joe', 'nobody', '__proto__', 'constructor']) {
      for (const ticket of ['wrong', '', 'undefined']) {
        await using client = await test.hello({ ...hello, authid });
        await challengeOf(client, 'ticket');
        client.send([MessageType.AUTHENTICATE, ticket, {}]);
        expect(await abortOf(client)).to.eql(DENIED);
        expect((await client.closed).code).to.equal(1000);
      }
    }
    expect(test.router.stats()).to.include({ sessions: 0, sessionsOpened: 0 });
  });

  it('requires an authid', async () => {
    await using test = await startAuthenticating(auth);
    for (const authid of [undefined, null, '', 7]) {
      await using client = await test.hello({ ...hello, authid });
      expect((await abortOf(client)).reason).to.equal(Uri.NO_SUCH_PRINCIPAL);
    }
  });
});

interface Salting {
  readonly salt: string;
  readonly iterations: number;
  readonly keylen: number;
}

function craSignature(challenge: unknown, secret: string): string {
  return createHmac('sha256', secret).update(String(challenge)).digest('base64');
}

function saltedSignature(extra: Record<string, unknown>, password: string): string {
  const { salt, iterations, keylen } = extra as unknown as Salting;
  return craSignature(extra.challenge, pbkdf2Sync(password, salt, iterations, keylen, 'sha256').toString('base64'));
}

describe('WAMP-CRA authentication', () => {
  const users = { joe: { secret: 's3cr3t', role: 'user' } };
  const salted = { salty: { secret: 's3cr3t', role: 'user', salt: 'salt123', iterations: 100, keylen: 16 } };
  const auth = { wampcra: { type: 'static', users: { ...users, ...salted } } } as const;

  const hello = (authid: string) => ({ authmethods: ['wampcra'], authid });

  it('sends a challenge with the identity of the future session', async () => {
    await using test = await startAuthenticating(auth);
    await using client = await test.hello(hello('joe'));
    const extra = await challengeOf(client, 'wampcra');
    expect(extra).to.have.all.keys('challenge');
    const challenge = JSON.parse(extra.challenge as string);
    expect(challenge).to.include({ authid: 'joe', authrole: 'user', authmethod: 'wampcra', authprovider: 'static' });
    expect(challenge.nonce).to.be.a('string').that.has.length.above(20);
    expect(Math.abs(Date.parse(challenge.timestamp) - Date.now())).to.be.below(60_000);
    client.send([MessageType.AUTHENTICATE, craSignature(extra.challenge, 's3cr3t'), {}]);
    const welcome = await welcomeOf(client);
    expect(welcome).to.include({ authid: 'joe', authrole: 'user', authmethod: 'wampcra', session: challenge.session });
  });

  it('derives the key if the user has a salt', async () => {
    await using test = await startAuthenticating(auth);
    await using client = await test.hello(hello('salty'));
    const extra = await challengeOf(client, 'wampcra');
    expect(extra).to.include({ salt: 'salt123', iterations: 100, keylen: 16 });
    client.send([MessageType.AUTHENTICATE, saltedSignature(extra, 's3cr3t'), {}]);
    expect(await welcomeOf(client)).to.include({ authid: 'salty', authrole: 'user' });
  });

  it('refuses a signature made with another key or for another challenge', async () => {
    await using test = await startAuthenticating(auth);
    await using other = await test.hello(hello('joe'));
    const stale = craSignature((await challengeOf(other, 'wampcra')).challenge, 's3cr3t');
    const wrong = (extra: Record<string, unknown>) => [craSignature(extra.challenge, 'wrong'), stale, '', 's3cr3t'];
    for (const index of [0, 1, 2, 3]) {
      await using client = await test.hello(hello('joe'));
      const extra = await challengeOf(client, 'wampcra');
      client.send([MessageType.AUTHENTICATE, wrong(extra)[index], {}]);
      expect(await abortOf(client)).to.eql(DENIED);
    }
  });

  it('challenges an unknown authid like a known one, and refuses it', async () => {
    await using test = await startAuthenticating({ wampcra: { type: 'static', users: salted } });
    const salts = [];
    for (const password of ['s3cr3t', '']) {
      await using client = await test.hello(hello('nobody'));
      const extra = await challengeOf(client, 'wampcra');
      expect(extra).to.include({ iterations: 100, keylen: 16 });
      expect(extra.salt).to.be.a('string').with.length('salt123'.length);
      expect(JSON.parse(extra.challenge as string)).to.include({ authid: 'nobody', authrole: 'user' });
      salts.push(extra.salt);
      client.send([MessageType.AUTHENTICATE, saltedSignature(extra, password), {}]);
      expect(await abortOf(client)).to.eql(DENIED);
    }
    expect(salts[0]).to.equal(salts[1]);
  });

  it('invents unknown users of every configured kind, always the same for one authid', async () => {
    const hexadecimal = { secret: 's3cr3t', role: 'admin', salt: '0123456789abcdef', iterations: 200 };
    const all = { ...users, ...salted, ann: hexadecimal };
    const decoys = new DecoyUsers(Object.values(all));
    const names = Array.from({ length: 200 }, (_, index) => `name${index}`);
    const kinds = new Set(names.map((name) => JSON.stringify({ ...decoys.for(name), secret: '', salt: '' })));
    expect(kinds.size).to.equal(3);
    for (const name of names) {
      const { salt, role } = decoys.for(name);
      // Another endpoint of the same router, with the users in another order.
      expect(new DecoyUsers(Object.values(all).reverse()).for(name)).to.deep.equal(decoys.for(name));
      if (role === 'admin') expect(salt).to.match(/^[0-9a-f]{16}$/);
    }
    const salts = names.map((name) => decoys.for(name).salt).filter((salt) => salt !== undefined);
    expect(new Set(salts).size).to.equal(salts.length);
  });
});

function keyPair() {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  return { privateKey, pubkey: publicKey.export({ format: 'der', type: 'spki' }).subarray(-32).toString('hex') };
}

type KeyPair = ReturnType<typeof keyPair>;

function signed(challenge: unknown, { privateKey }: Pick<KeyPair, 'privateKey'>): string {
  const message = Buffer.from(String(challenge), 'hex');
  return Buffer.concat([sign(null, message, privateKey), message]).toString('hex');
}

describe('Cryptosign authentication', () => {
  const [first, second, shared, unknownKey] = [keyPair(), keyPair(), keyPair(), keyPair()] as const;
  const auth = {
    cryptosign: {
      type: 'static',
      principals: {
        joe: { role: 'user', authorized_keys: [first.pubkey, second.pubkey.toUpperCase(), shared.pubkey] },
        ann: { role: 'admin', realm: 'realm2', authorized_keys: [shared.pubkey] },
      },
    },
  } as const;
  const options = { realms: ['realm1', 'realm2'] };
  const hello = ({ pubkey }: KeyPair, authid?: string) => ({
    authmethods: ['cryptosign'],
    authid,
    authextra: { pubkey },
  });

  const answer = async (client: WampClient, keys: Pick<KeyPair, 'privateKey'>) => {
    const extra = await challengeOf(client, 'cryptosign');
    client.send([MessageType.AUTHENTICATE, signed(extra.challenge, keys), {}]);
  };

  it('accepts each of the keys of a principal', async () => {
    await using test = await startAuthenticating(auth, options);
    for (const keys of [first, second]) {
      await using client = await test.hello(hello(keys, 'joe'));
      await answer(client, keys);
      expect(await welcomeOf(client)).to.include({ authid: 'joe', authrole: 'user', authmethod: 'cryptosign' });
    }
  });

  it('finds the authid by the key', async () => {
    await using test = await startAuthenticating(auth, options);
    await using client = await test.hello(hello(first));
    await answer(client, first);
    expect(await welcomeOf(client)).to.include({ authid: 'joe', realm: 'realm1' });
  });

  it('joins a principal to its own realm', async () => {
    await using test = await startAuthenticating(auth, options);
    await using client = await test.hello(hello(shared, 'ann'));
    await answer(client, shared);
    expect(await welcomeOf(client)).to.include({ authid: 'ann', authrole: 'admin', realm: 'realm2' });
  });

  it('challenges an unknown key, the key of another principal and a shared key like any other, and refuses them', async () => {
    await using test = await startAuthenticating(auth, options);
    const claims = [
      [hello(unknownKey), unknownKey],
      [hello(unknownKey, 'joe'), unknownKey],
      [hello(first, 'ann'), first],
      [hello(shared), shared],
      [hello(first, 'nobody'), first],
    ] as const;
    for (const [details, keys] of claims) {
      await using client = await test.hello(details);
      const extra = await challengeOf(client, 'cryptosign');
      expect(extra).to.have.all.keys('challenge', 'channel_binding');
      client.send([MessageType.AUTHENTICATE, signed(extra.challenge, keys), {}]);
      expect(await abortOf(client)).to.eql(DENIED);
    }
  });

  it('refuses anything but the signature of its challenge', async () => {
    await using test = await startAuthenticating(auth, options);
    const forgeries = [
      (challenge: unknown) => signed(challenge, unknownKey),
      () => signed('00'.repeat(32), first),
      (challenge: unknown) => signed(challenge, first).slice(0, 128),
      () => 'zz'.repeat(96),
      () => '',
    ];
    for (const forge of forgeries) {
      await using client = await test.hello(hello(first));
      const { challenge } = await challengeOf(client, 'cryptosign');
      client.send([MessageType.AUTHENTICATE, forge(challenge), {}]);
      expect(await abortOf(client)).to.eql(DENIED);
    }
  });

  it('verifies the example signatures of the specification', async () => {
    const seed = '4d57d97a68f555696620a6d849c0ce582568518d729eb753dc7c732de2804510';
    const der = Buffer.from(`302e020100300506032b657004220420${seed}`, 'hex');
    const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
    expect(signed('ff'.repeat(32), { privateKey })).to.match(/^b32675b221f08593213737bef8240e7c15228b07028e1959/);
    const publicKey = createPublicKey(privateKey).export({ format: 'der', type: 'spki' });
    const pubkey = publicKey.subarray(-32).toString('hex');
    const principals = { spec: { role: 'user', authorized_keys: [pubkey] } };
    await using test = await startAuthenticating({ cryptosign: { type: 'static', principals } });
    await using client = await test.hello(hello({ privateKey, pubkey }));
    await answer(client, { privateKey });
    expect(await welcomeOf(client)).to.include({ authid: 'spec' });
  });

  it('answers with channel_binding null', async () => {
    await using test = await startAuthenticating(auth, options);
    const authextra = { pubkey: first.pubkey, channel_binding: 'tls-unique' };
    await using client = await test.hello({ authmethods: ['cryptosign'], authextra });
    expect(await challengeOf(client, 'cryptosign')).to.include({ channel_binding: null });
  });
});
