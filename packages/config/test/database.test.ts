import {
  databaseLabel,
  databaseTarget,
  database as schema,
  singleHosts,
  withoutTls,
  withVerifiedTls,
  workerDatabase,
} from '@pgwamp/config';
import { expect } from 'chai';

function target(configuration: object, environment: Record<string, string> = {}) {
  return databaseTarget(schema.parse(configuration), { PGUSER: 'me', ...environment });
}

describe('Address of a database', () => {
  it('consists of its fields', () => {
    const fields = { host: 'db.example.com', database: 'shop', user: 'crossbar', password: 's3cr3t' };
    expect(target(fields)).to.deep.equal({ host: 'db.example.com', port: 5432, database: 'shop', user: 'crossbar' });
    expect(databaseLabel(schema.parse(fields))).to.equal('db.example.com:5432/shop');
  });

  it('has one label for an IPv6 address, in any notation', () => {
    for (const database of [{ uri: 'postgres://u@[::1]/d' }, { host: '::1', database: 'd', user: 'u' }]) {
      expect(databaseLabel(schema.parse(database))).to.equal('[::1]:5432/d');
    }
  });

  for (const [uri, expected] of [
    ['postgres://crossbar:s3cr3t@db.example.com:6543/shop', ['db.example.com', 6543, 'shop', 'crossbar']],
    ['postgresql://cross%40bar@[::1]/a%2Fb?sslmode=require', ['::1', 5432, 'a/b', 'cross@bar']],
    ['postgres://localhost', ['localhost', 5432, 'me', 'me']],
    ['postgres:///shop?host=/var/run/postgresql', ['/var/run/postgresql', 5432, 'shop', 'me']],
    ['postgres://crossbar:pass/4711@host/db', ['(unreadable URI)', 0, '', '']],
    ['postgres://crossbar:p?4711@host/db', ['(unreadable URI)', 0, '', '']],
  ] as const) {
    it(`is read from ${uri}, without the password`, () => {
      expect(Object.values(target({ uri }))).to.deep.equal(expected);
    });
  }

  for (const parameters of [
    'sslmode=disable',
    'sslmode=allow',
    'sslmode=prefer',
    'sslmode=no-verify',
    'sslmode=verify-full&sslmode=disable',
    'sslmode=disable#sslmode=verify-full',
    '%73slmode=disable',
    'ssl=0',
    'ssl=false',
    'ssl=no-verify',
    'uselibpqcompat=true&sslmode=require',
    'sslrootcert=/somebody-elses.pem',
    'sslcert=/a.pem&sslkey=/b.pem',
  ]) {
    it(`is refused if a parameter of the URI weakens the option ssl: ${parameters}`, () => {
      for (const address of ['postgres://u:p@h/d', 'postgresql://u:p@/d', 'postgres:///d']) {
        for (const ssl of [true, { ca: 'ca' }, { servername: 'h' }]) {
          const { success, error } = schema.safeParse({ uri: `${address}?${parameters}`, ssl });
          expect(success, `${address} ${JSON.stringify(ssl)}`).to.equal(false);
          expect(JSON.stringify(error?.issues)).to.match(/ssl/);
        }
        expect(schema.safeParse({ uri: `${address}?${parameters}` }).success, 'without ssl').to.equal(true);
        expect(schema.safeParse({ uri: `${address}?${parameters}`, ssl: false }).success, 'ssl: false').to.equal(true);
      }
    });
  }

  it('may be a URI that requires TLS too, and the option replaces its mode', () => {
    const uri = 'postgres://u:p%3F@h/d?sslmode=verify-full&application_name=a%20b&ssl=true';
    expect(schema.safeParse({ uri, ssl: { ca: 'ca' } }).success).to.equal(true);
    expect(schema.safeParse({ uri, ssl: { rejectUnauthorized: false } }).success).to.equal(false);
    expect(withoutTls(uri)).to.equal('postgres://u:p%3F@h/d?application_name=a%20b');
    expect(withoutTls('postgres://u:p@h/d?sslmode=require#x')).to.equal('postgres://u:p@h/d#x');
    expect(withoutTls('postgres://u:p@h/d')).to.equal('postgres://u:p@h/d');
  });

  it('verifies the server if the mode of a URI is weaker, without a warning of node-postgres', () => {
    for (const mode of ['prefer', 'require', 'verify-ca', 'verify-full']) {
      expect(withVerifiedTls(`postgres://u:p@h/d?a=b&sslmode=${mode}&c=d`)).to.equal(
        'postgres://u:p@h/d?a=b&sslmode=verify-full&c=d',
      );
      expect(withVerifiedTls(`postgres://h/d?sslmode=${mode}#x`)).to.equal('postgres://h/d?sslmode=verify-full#x');
    }
    const others = [
      '',
      '?sslmode=disable',
      '?sslmode=no-verify',
      '?uselibpqcompat=true&sslmode=require',
      '?xsslmode=prefer',
    ];
    for (const other of others) expect(withVerifiedTls(`postgres://h/d${other}`)).to.equal(`postgres://h/d${other}`);
  });

  it('uses the defaults of libpq', () => {
    const environment = { PGHOST: 'h', PGPORT: '1', PGDATABASE: 'd' };
    expect(target({ uri: 'postgres://' }, environment)).to.deep.equal({
      host: 'h',
      port: 1,
      database: 'd',
      user: 'me',
    });
  });
});

describe('URI with several hosts', () => {
  const hosts = (uri: string) => singleHosts(schema.parse({ uri })).map((each) => ('uri' in each ? each.uri : ''));

  it('is split into a URI for each host', () => {
    expect(hosts('postgres://u:p@a:1,b,[::1]:3/d?x=y')).to.deep.equal([
      'postgres://u:p@a:1/d?x=y',
      'postgres://u:p@b/d?x=y',
      'postgres://u:p@[::1]:3/d?x=y',
    ]);
    expect(hosts('postgres://u@/d?host=a,/run&port=1,2')).to.deep.equal([
      'postgres://u@/d?host=a&port=1',
      'postgres://u@/d?host=%2Frun&port=2',
    ]);
    expect(hosts('postgres:///d?host=a,b&port=1')).to.deep.equal([
      'postgres:///d?host=a&port=1',
      'postgres:///d?host=b&port=1',
    ]);
    expect(hosts('postgres://u,v:p%2C@a/d,e')).to.deep.equal(['postgres://u,v:p%2C@a/d,e']);
  });

  it('is named by its first host', () => {
    expect(target({ uri: 'postgres://u:s3cr3t@a:1,b:2/d' })).to.deep.equal({
      host: 'a',
      port: 1,
      database: 'd',
      user: 'u',
    });
    for (const uri of ['postgres://u:a,b/4711@host/db', 'postgres://u:1,b/4711@host/db']) {
      expect(target({ uri }).host).to.equal('(unreadable URI)');
    }
  });

  it('keeps its hosts for the second login', () => {
    const worker = { user: 'w@', password: 'p/' };
    const of = (uri: string) => workerDatabase(schema.parse({ uri, worker }));
    expect(of('postgres://u:p@a:1,b/d?user=x&a=b')).to.include({ uri: 'postgres://w%40:p%2F@a:1,b/d?a=b' });
    expect(of('postgres://a/d')).to.include({ uri: 'postgres://w%40:p%2F@a/d' });
    const silent = workerDatabase(schema.parse({ uri: 'postgres://u:p@a/d', worker: {} }));
    expect(silent).to.include({ uri: 'postgres://crossbar_worker@a/d' });
  });
});
