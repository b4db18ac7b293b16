import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parseConfiguration } from '@pgwamp/config';
import { rejection } from '@pgwamp/harness/fixtures/rejection';
import { expect } from 'chai';
import { exportJWK, exportPKCS8, exportSPKI, generateKeyPair, type JWTPayload, SignJWT, UnsecuredJWT } from 'jose';
import { pino } from 'pino';
import { auth, type TokenRules } from '../../src/access/configuration.ts';
import { TokenVerifier } from '../../src/access/jwt.ts';

const secret = 'a secret that is long enough for HS256';
const bytes = new TextEncoder().encode(secret);
const silent = pino({ level: 'silent' });

type Rules = Record<string, unknown>;

function verifier(rules: Rules): TokenVerifier {
  return new TokenVerifier(parseConfiguration(auth, { type: 'jwt', ...rules }) as TokenRules, silent);
}

function sign(claims: JWTPayload, key: Parameters<SignJWT['sign']>[0] = bytes, alg = 'HS256', kid?: string) {
  return new SignJWT({ exp: Math.floor(Date.now() / 1000) + 60, ...claims })
    .setProtectedHeader({ alg, ...(kid !== undefined && { kid }) })
    .sign(key);
}

async function refusal(rules: Rules, token: string | undefined): Promise<string> {
  const error = await rejection(verifier(rules).clientOf(token));
  expect(error).to.have.property('code', 'PGWAMP_TOKEN_REFUSED');
  if (token) expect(error.message).not.to.contain(token.slice(0, 20));
  return error.message;
}

describe('Tokens', () => {
  it('contain claims, role and expiry', async () => {
    const exp = Math.floor(Date.now() / 1000) + 100;
    const token = await sign({ exp, sub: 'ann', role: 'web' });
    const client = await verifier({ secret, leeway: '2s' }).clientOf(token);
    expect(client.claims).to.deep.equal({ exp, sub: 'ann', role: 'web' });
    expect(client.role).to.equal('web');
    expect(client.expires?.getTime()).to.equal(exp * 1000 + 2000);
    expect((await verifier({ secret, role_claim: 'sub' }).clientOf(token)).role).to.equal('ann');
  });

  for (const alg of ['RS256', 'ES256', 'EdDSA', 'PS256']) {
    it(`are verified by a public key (${alg}), which is never used as a shared secret`, async () => {
      const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
      const pem = await exportSPKI(publicKey);
      const rules = { public_key: pem, algorithms: [alg] };
      expect((await verifier(rules).clientOf(await sign({ sub: 'a' }, privateKey, alg))).claims.sub).to.equal('a');
      const confused = await sign({ sub: 'a' }, new TextEncoder().encode(pem), 'HS256');
      expect(await refusal(rules, confused)).to.equal('the algorithm of the token is not accepted');
      const { privateKey: other } = await generateKeyPair(alg);
      expect(await refusal(rules, await sign({}, other, alg))).to.equal('the signature of the token is wrong');
    });
  }

  it('are refused without a signature, for any algorithm in the header', async () => {
    const unsecured = new UnsecuredJWT({ exp: 4e9 }).encode();
    expect(await refusal({ secret }, unsecured)).to.match(/algorithm|malformed/);
    const [, payload] = unsecured.split('.');
    const head = (alg: string) => Buffer.from(JSON.stringify({ alg })).toString('base64url');
    for (const alg of ['none', 'None', 'NONE', '']) await refusal({ secret }, `${head(alg)}.${payload}.`);
    await refusal({ secret }, `${head('HS256')}.${payload}.`);
  });

  it('are refused if they are modified, malformed, too long or missing', async () => {
    const token = await sign({ sub: 'ann' });
    const [head, , signature] = token.split('.');
    const forged = Buffer.from(JSON.stringify({ sub: 'root', exp: 4e9 })).toString('base64url');
    expect(await refusal({ secret }, `${head}.${forged}.${signature}`)).to.equal('the signature of the token is wrong');
    for (const text of ['', '.', '..', 'a.b.c', '\0', 'x'.repeat(8000), `${token}.x`]) await refusal({ secret }, text);
    expect(await refusal({ secret }, await sign({ huge: 'x'.repeat(10_000) }))).to.equal(
      'the token has more than 8192 bytes',
    );
    expect(await refusal({ secret }, undefined)).to.equal('a token is missing');
    expect(await verifier({ secret, anonymous: 'guest' }).clientOf(undefined)).to.deep.include({
      role: 'guest',
      claims: {},
    });
  });

  it('are refused before nbf and after exp, with the configured leeway', async () => {
    const now = Math.floor(Date.now() / 1000);
    expect(await refusal({ secret }, await sign({ exp: now - 20 }))).to.equal('the token has expired');
    expect(await refusal({ secret, leeway: 0 }, await sign({ exp: now - 1 }))).to.equal('the token has expired');
    await verifier({ secret, leeway: '30s' }).clientOf(await sign({ exp: now - 20 }));
    expect(await refusal({ secret }, await sign({ nbf: now + 60 }))).to.equal('claim "nbf" is missing or not accepted');
    const endless = await new SignJWT({}).setProtectedHeader({ alg: 'HS256' }).sign(bytes);
    expect(await refusal({ secret }, endless)).to.equal('claim "exp" is missing or not accepted');
    const text = await new SignJWT({ exp: 'never' as unknown as number })
      .setProtectedHeader({ alg: 'HS256' })
      .sign(bytes);
    await refusal({ secret }, text);
  });

  it('are refused for another audience, issuer or role', async () => {
    const rules = { secret, audience: ['shop', 'other'], issuer: 'https://issuer', roles: ['web'] };
    const right = { aud: 'shop', iss: 'https://issuer', role: 'web' };
    await verifier(rules).clientOf(await sign(right));
    await verifier(rules).clientOf(await sign({ ...right, aud: ['x', 'other'] }));
    for (const [name, value] of [
      ['aud', 'bank'],
      ['aud', undefined],
      ['iss', 'https://issuer/'],
      ['role', 'postgres'],
      ['role', ['web']],
      ['role', ''],
    ] as const) {
      expect(await refusal(rules, await sign({ ...right, [name]: value }))).to.match(new RegExp(`claim "${name}"`));
    }
  });

  it('are verified by the keys of a JWKS, including keys added later', async () => {
    const pairs = await Promise.all(['one', 'two'].map(() => generateKeyPair('ES256', { extractable: true })));
    const keys = await Promise.all(
      pairs.map(async ({ publicKey }, index) => ({
        ...(await exportJWK(publicKey)),
        kid: `key${index}`,
        alg: 'ES256',
      })),
    );
    let shown = keys.slice(0, 1);
    let requests = 0;
    const server = createServer((_, response) => {
      requests += 1;
      response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys: shown }));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    try {
      const { port } = server.address() as AddressInfo;
      const rules = { jwks_url: `http://127.0.0.1:${port}/keys`, jwks_cooldown: 0 };
      const checks = verifier(rules);
      const token = async (index: number) =>
        sign({ sub: `${index}` }, pairs[index]?.privateKey ?? bytes, 'ES256', `key${index}`);
      for (let n = 0; n < 3; n += 1) await checks.clientOf(await token(0));
      expect(requests).to.equal(1);
      expect((await rejection(checks.clientOf(await token(1)))).message).to.equal(
        'the token is signed with an unknown key',
      );
      shown = keys;
      expect((await checks.clientOf(await token(1))).claims.sub).to.equal('1');
      const confused = await sign({}, new TextEncoder().encode(JSON.stringify(keys[0])), 'HS256', 'key0');
      expect((await rejection(checks.clientOf(confused))).message).to.match(/algorithm/);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });

  it('are verified by the known keys while the JWKS is unreachable, and by new keys afterwards', async () => {
    const pairs = await Promise.all(['old', 'new'].map(() => generateKeyPair('ES256', { extractable: true })));
    const keys = await Promise.all(
      pairs.map(async ({ publicKey }, index) => ({
        ...(await exportJWK(publicKey)),
        kid: `key${index}`,
        alg: 'ES256',
      })),
    );
    let shown: typeof keys | undefined = keys.slice(0, 1);
    const server = createServer((_, response) => {
      if (shown) response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys: shown }));
      else response.socket?.destroy();
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    try {
      const { port } = server.address() as AddressInfo;
      const checks = verifier({ jwks_url: `http://127.0.0.1:${port}/keys`, jwks_cooldown: 0 });
      const token = (index: number) =>
        sign({ sub: `${index}` }, pairs[index]?.privateKey ?? bytes, 'ES256', `key${index}`);
      await checks.clientOf(await token(0));
      shown = undefined;
      expect(await rejection(checks.clientOf(await token(1)))).to.include({
        message: 'tokens cannot be checked now',
        isTemporary: true,
      });
      expect((await checks.clientOf(await token(0))).claims.sub).to.equal('0');
      shown = keys.slice(1);
      expect((await checks.clientOf(await token(1))).claims.sub).to.equal('1');
      expect(await rejection(checks.clientOf(await token(0)))).to.include({
        message: 'the token is signed with an unknown key',
        isTemporary: false,
      });
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });

  it('are checked by each key of a JWKS if they name none', async () => {
    const pairs = await Promise.all(
      ['old', 'new', 'foreign'].map(() => generateKeyPair('ES256', { extractable: true })),
    );
    const keys = await Promise.all(pairs.slice(0, 2).map(async ({ publicKey }) => exportJWK(publicKey)));
    await using server = createServer((_, response) =>
      response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys })),
    );
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const checks = verifier({ jwks_url: `http://127.0.0.1:${port}/keys` });
    const claims = (index: number, more: JWTPayload = {}) =>
      sign({ sub: `${index}`, ...more }, pairs[index]?.privateKey ?? bytes, 'ES256');
    for (const index of [0, 1]) expect((await checks.clientOf(await claims(index))).claims.sub).to.equal(`${index}`);
    const refusalOf = async (token: string) => (await rejection(checks.clientOf(token))).message;
    expect(await refusalOf(await claims(2))).to.equal('the signature of the token is wrong');
    expect(await refusalOf(await claims(1, { exp: 1 }))).to.equal('the token has expired');
  });

  it('are refused while the JWKS was never fetched', async () => {
    await using server = createServer((_, response) => response.writeHead(500).end());
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const { privateKey } = await generateKeyPair('ES256');
    const token = await sign({}, privateKey, 'ES256');
    expect(await refusal({ jwks_url: `http://127.0.0.1:${port}/` }, token)).to.equal('tokens cannot be checked now');
  });

  it('require a long secret, one kind of key, and a public key of the algorithm', async () => {
    const { publicKey, privateKey } = await generateKeyPair('RS256', { extractable: true });
    const pem = await exportSPKI(publicKey);
    const wrong: [Rules, RegExp][] = [
      [{ secret: 'short' }, /32 characters/],
      [{ secret, algorithms: ['RS256'] }, /algorithms/],
      [{ secret, algorithms: ['none'] }, /algorithms/],
      [{ public_key: pem, algorithms: ['HS256'] }, /algorithms/],
      [{ public_key: pem, algorithms: ['ES256'] }, /needs a key of type ec/],
      [{ public_key: await exportPKCS8(privateKey), algorithms: ['RS256'] }, /found a private key/],
      [{ public_key: '/no/such/file', algorithms: ['RS256'] }, /no such file/],
      [{ secret, public_key: pem, algorithms: ['RS256'] }, /public_key|secret/],
      [{ jwks_url: 'file:///etc/passwd' }, /jwks_url/],
    ];
    for (const [rules, message] of wrong) expect(() => verifier(rules), JSON.stringify(rules)).to.throw(message);
  });
});
