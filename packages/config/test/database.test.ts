import { databaseLabel, databaseTarget, database as schema } from '@pgwamp/config';
import { expect } from 'chai';

function target(configuration: object, environment: Record<string, string> = {}) {
  return databaseTarget(schema.parse(configuration), { PGUSER: 'me', ...environment });
}

describe('where a database is', () => {
  it('is said by its fields', () => {
    const fields = { host: 'db.example.com', database: 'shop', user: 'crossbar', password: 's3cr3t' };
    expect(target(fields)).to.deep.equal({ host: 'db.example.com', port: 5432, database: 'shop', user: 'crossbar' });
    expect(databaseLabel(schema.parse(fields))).to.equal('db.example.com:5432/shop');
  });

  for (const [uri, expected] of [
    ['postgres://crossbar:s3cr3t@db.example.com:6543/shop', ['db.example.com', 6543, 'shop', 'crossbar']],
    ['postgresql://cross%40bar@[::1]/a%2Fb?sslmode=require', ['[::1]', 5432, 'a/b', 'cross@bar']],
    ['postgres://localhost', ['localhost', 5432, 'me', 'me']],
    ['postgres:///shop?host=/var/run/postgresql', ['/var/run/postgresql', 5432, 'shop', 'me']],
    ['postgres://crossbar:pass/4711@host/db', ['(unreadable URI)', 0, '', '']],
    ['postgres://crossbar:p?4711@host/db', ['(unreadable URI)', 0, '', '']],
  ] as const) {
    it(`is read out of ${uri}, and no password is`, () => {
      expect(Object.values(target({ uri }))).to.deep.equal(expected);
    });
  }

  it('is completed as libpq does', () => {
    const environment = { PGHOST: 'h', PGPORT: '1', PGDATABASE: 'd' };
    expect(target({ uri: 'postgres://' }, environment)).to.deep.equal({
      host: 'h',
      port: 1,
      database: 'd',
      user: 'me',
    });
  });
});
