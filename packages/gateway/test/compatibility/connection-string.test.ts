import { expect } from 'chai';
import { databaseOf } from '../../src/compatibility/connection-string.ts';

const environment = { PGHOST: 'db.example.com', PGUSER: 'ada', PGPASSWORD: 'secret' };

describe('a connection string of libpq', () => {
  it('is taken as it is, where it is a URI', () => {
    expect(databaseOf(' postgres://ada:a%20b@localhost:5433/shop ', {})).to.deep.equal({
      uri: 'postgres://ada:a%20b@localhost:5433/shop',
      ssl: false,
    });
  });

  it('has an sslmode in a URI, which means what it means to libpq', () => {
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

  it('is pairs of keywords, some of them quoted', () => {
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

  it('has the rest from the environment', () => {
    expect(databaseOf('sslmode=disable', environment)).to.deep.equal({
      host: 'db.example.com',
      port: '5432',
      database: 'ada',
      user: 'ada',
      password: 'secret',
      ssl: false,
    });
  });

  for (const [text, expected] of [
    ['localhost', /at its beginning/],
    ['host=localhost shop', /after host/],
    [`host=localhost password='secret`, /after host/],
    ['sslmode=always', /sslmode of disable/],
  ] as const) {
    it(`is refused without a word of its values: ${text}`, () => {
      expect(() => databaseOf(text, {}))
        .to.throw(TypeError, expected)
        .with.property('message')
        .that.does.not.include('secret');
    });
  }
});
