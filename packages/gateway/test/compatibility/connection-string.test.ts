import { expect } from 'chai';
import { databaseOf } from '../../src/compatibility/connection-string.ts';

const environment = { PGHOST: 'db.example.com', PGUSER: 'ada', PGPASSWORD: 'secret' };

describe('libpq connection string', () => {
  it('is kept if it is a URI', () => {
    expect(databaseOf(' postgres://ada:a%20b@localhost:5433/shop ', {})).to.deep.equal({
      uri: 'postgres://ada:a%20b@localhost:5433/shop',
      ssl: false,
    });
  });

  it('has the libpq meaning of sslmode in a URI', () => {
    const uri = 'postgresql://localhost/shop';
    expect(databaseOf(`${uri}?sslmode=require&application_name=x`, {})).to.deep.equal({
      uri: `${uri}?application_name=x`,
      ssl: { rejectUnauthorized: false },
    });
    expect(databaseOf(`${uri}?sslmode=verify-full&sslrootcert=/ca.pem`, {})).to.deep.equal({
      uri,
      ssl: { ca: '/ca.pem', rejectUnauthorized: true },
    });
  });

  it('means the local server if a URI has no host', () => {
    expect(databaseOf('postgres:///shop', { USER: 'ada' })).to.include({ port: '5432', database: 'shop', user: 'ada' });
    expect(databaseOf('postgresql://ada:a%20b@:5433/shop?sslmode=disable', { PGHOST: '/run' })).to.deep.equal({
      ...{ host: '/run', port: '5433', database: 'shop', user: 'ada', password: 'a b', ssl: false },
    });
    expect(databaseOf('postgres://', environment)).to.include({ host: 'db.example.com', database: 'ada' });
    expect(databaseOf('postgres:///shop?host=/run', {})).to.include({ uri: 'postgres:///shop?host=%2Frun' });
  });

  it('may consist of keyword/value pairs, some quoted', () => {
    const text = `host=localhost port = 5433 dbname='my shop' user=ada password='it\\'s = 1' sslmode=disable`;
    expect(databaseOf(text, {})).to.deep.equal({
      host: 'localhost',
      port: '5433',
      database: 'my shop',
      user: 'ada',
      password: `it's = 1`,
      ssl: false,
    });
  });

  it('is completed from the environment', () => {
    expect(databaseOf('sslmode=disable', environment)).to.deep.equal({
      host: 'db.example.com',
      port: '5432',
      database: 'ada',
      user: 'ada',
      password: 'secret',
      ssl: false,
    });
  });

  it('may name several hosts', () => {
    const uri = 'postgres://ada:a@one:5433,two/shop';
    expect(databaseOf(`${uri}?sslmode=disable`, {})).to.deep.equal({ uri, ssl: false });
    const several = 'postgres://ada:%2F@one:5433,%2Frun:5434,[::1]:5435/my%20shop';
    for (const [text, given] of [
      [`host=one,/run,::1 port=5433,5434,5435 user=ada password=/ dbname='my shop'`, {}],
      [`user=ada password=/ dbname='my shop'`, { PGHOST: 'one,/run,::1', PGPORT: '5433,5434,5435' }],
    ] as const) {
      expect(databaseOf(text, given)).to.deep.equal({ uri: several, ssl: false });
    }
    expect(databaseOf('host=one,two user=ada', {})).to.include({ uri: 'postgres://ada@one:5432,two:5432/ada' });
  });

  for (const [text, expected] of [
    ['localhost', /at its beginning/],
    ['host=localhost shop', /after host/],
    [`host=localhost password='secret`, /after host/],
    ['sslmode=always', /sslmode of disable/],
    ['postgres://ada:secret%@/shop', /%25/],
  ] as const) {
    it(`is refused without its values in the error: ${text}`, () => {
      expect(() => databaseOf(text, {}))
        .to.throw(TypeError, expected)
        .with.property('message')
        .that.does.not.include('secret');
    });
  }
});
