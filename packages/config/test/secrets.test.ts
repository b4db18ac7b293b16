import { inspect } from 'node:util';
import { parseConfiguration, uriWithoutSecrets, withoutSecrets } from '@pgwamp/config';
import { expect } from 'chai';
import * as z from 'zod';

describe('Printed configuration', () => {
  const secret = 's3cr3t';
  const keys = ['password', 'secret', 'ticket', 'privkey', 'key', 'salt', 'token', 'client_secret', 'Authorization'];
  const more = ['secret_access_key', 'session_token', 'X-Api-Key', 'passphrase', 'access_key_id'];

  it('contains no secrets, for all names and at any depth', () => {
    for (const key of [...keys, ...more]) {
      expect(JSON.stringify(withoutSecrets({ a: [{ [key]: secret }] })), key).not.to.include(secret);
      expect(JSON.stringify(withoutSecrets({ [key]: { a: [secret] } })), key).not.to.include(secret);
    }
    expect(withoutSecrets({ host: 'a', port: 1, list: ['b'] })).to.deep.equal({ host: 'a', port: 1, list: ['b'] });
  });

  for (const [uri, shown] of [
    ['postgres://crossbar:s3cr3t@host/db', 'postgres://crossbar:***@host/db'],
    ['postgres://crossbar:s3@cr/et@host/db', 'postgres://crossbar:***@host/db'],
    ['postgres://crossbar@host/db', 'postgres://***@host/db'],
    ['nats://s3cr3t@host', 'nats://***@host'],
    ['redis://:s3cr3t@host/0', 'redis://:***@host/0'],
    ['postgres://host/db?user=a&password=s3cr3t&x=1', 'postgres://host/db?user=a&password=***&x=1'],
    ['https://host/hook?access_token=s3cr3t', 'https://host/hook?access_token=***'],
    ['postgres://host/db', 'postgres://host/db'],
    ['mail me at a@b', 'mail me at a@b'],
  ] as const) {
    it(`contains a URI without its secrets: ${uri}`, () => {
      expect(uriWithoutSecrets(uri)).to.equal(shown);
    });
  }

  it('contains no secrets inside other objects', () => {
    const schema = z.strictObject({ login: z.strictObject({ user: z.string(), password: z.string() }) });
    const configuration = parseConfiguration(schema, { login: { user: 'joe', password: secret } }, {});
    const holder = { deep: { list: [configuration, { ...configuration }] } };
    for (const depth of [0, 1, 10, Number.POSITIVE_INFINITY]) {
      expect(inspect(holder, { depth, showHidden: true })).not.to.include(secret);
    }
    expect(inspect(configuration)).to.equal(`{ login: { user: 'joe', password: '***' } }`);
    expect(configuration.login.password).to.equal(secret);
    expect(JSON.parse(JSON.stringify(configuration))).to.deep.equal({ login: { user: 'joe', password: secret } });
  });
});
