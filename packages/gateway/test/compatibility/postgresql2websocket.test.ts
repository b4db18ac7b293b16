import { join } from 'node:path';
import { ConfigurationError } from '@pgwamp/config';
import { expect } from 'chai';
import { parsePostgresql2websocketCommandLine } from '../../src/compatibility/postgresql2websocket/command-line.ts';
import { postgresql2websocketGateway } from '../../src/compatibility/postgresql2websocket/gateway-options.ts';
import { parseIni } from '../../src/compatibility/postgresql2websocket/ini.ts';
import { createFolder } from '../support/folder.ts';

const keysOf = (text: string, section = 'postgresql') =>
  Object.fromEntries(parseIni('x.conf', text).get(section) ?? []);

describe('ini file', () => {
  it('has sections, and pairs with = or :', () => {
    const text = '; comment\n# comment\n\n[postgresql]\nhost = localhost\nUser: ada\n[web]\r\nport=8080\r\n';
    expect(keysOf(text)).to.deep.equal({ host: 'localhost', user: 'ada' });
    expect(keysOf(text, 'web')).to.deep.equal({ port: '8080' });
  });

  it('allows ; and # and = in passwords', () => {
    expect(keysOf('[postgresql]\npassword = a;b#c = d:e')).to.deep.equal({ password: 'a;b#c = d:e' });
  });

  it('interpolates percent signs like Python', () => {
    const text = '[postgresql]\nuser = ada\npassword = 100%%\ndatabase = %(user)s_shop';
    expect(keysOf(text)).to.deep.equal({ user: 'ada', password: '100%', database: 'ada_shop' });
  });

  it('has [DEFAULT] keys, and nested references', () => {
    const text =
      '[DEFAULT]\nhost = localhost\nname = shop\n[postgresql]\ndatabase = %(full)s\nfull = %(name)s_100%%\n[web]\nhost = 0.0.0.0';
    expect(keysOf(text)).to.include({ host: 'localhost', database: 'shop_100%' });
    expect(keysOf(text, 'web')).to.include({ host: '0.0.0.0' });
  });

  it('allows values of several lines', () => {
    expect(keysOf('[postgresql]\nhost = a\n  b\n')).to.deep.equal({ host: 'a\nb' });
  });

  for (const [text, message] of [
    ['host = a', /x\.conf:1: a key before the first section/],
    ['[web]\nhost', /x\.conf:2: expected a section/],
    ['[web]\na = 1\nA = 2', /x\.conf:3: a is written twice/],
    ['[web]\n[web]', /x\.conf:2: section \[web\] is written twice/],
    ['[web]\na = 100%', /\[web\] a in x\.conf: write a percent sign as %%/],
    ['[web]\na = %(b)s', /\[web\] a in x\.conf: write a percent sign/],
    ['[web]\na = %(b)s\nb = %(a)s', /\[web\] a in x\.conf: write a percent sign/],
  ] as const) {
    it(`is refused with the line: ${JSON.stringify(text)}`, () => {
      expect(() => parseIni('x.conf', text)).to.throw(ConfigurationError, message);
    });
  }
});

describe('Command line of postgresql2websocket', () => {
  it('names a file, by default in the working directory', () => {
    expect(parsePostgresql2websocketCommandLine([])).to.deep.include({
      file: 'postgresql2websocket.conf',
      debug: false,
    });
    expect(parsePostgresql2websocketCommandLine(['a.conf', '-d'])).to.deep.include({ file: 'a.conf', debug: true });
    expect(() => parsePostgresql2websocketCommandLine(['a', 'b'])).to.throw(TypeError, /second one: b/);
    expect(() => parsePostgresql2websocketCommandLine(['--port'])).to.throw(TypeError);
  });
});

describe('Gateway configured like postgresql2websocket', () => {
  const gatewayOf = async (text: string, environment = {}) => {
    await using folder = await createFolder({ 'a.conf': text });
    return postgresql2websocketGateway(join(folder.path, 'a.conf'), environment);
  };

  it('listens at the address of postgresql2websocket', async () => {
    const text =
      '[postgresql]\nhost = localhost\nuser = ada\npassword = a;b\ndatabase = shop\n[web]\nhost = 127.0.0.1\nport = 0\n';
    const { gateway, warnings } = await gatewayOf(text);
    expect(gateway.extra).to.deep.include({
      database: { host: 'localhost', port: '5432', user: 'ada', password: 'a;b', database: 'shop', ssl: false },
      endpoint: { type: 'tcp', interface: '127.0.0.1', port: 0 },
      path: '/{channel}',
    });
    expect(warnings).to.deep.equal([]);
  });

  it('has the defaults of postgresql2websocket and of asyncpg', async () => {
    const { gateway, warnings } = await gatewayOf('[postgresql]\nmax_size = 20\n[web]\n', {
      PGHOST: 'db',
      PGUSER: 'ada',
    });
    expect(gateway.extra).to.deep.include({
      database: { host: 'db', port: '5432', user: 'ada', database: 'ada', ssl: false },
      endpoint: { type: 'tcp', interface: '0.0.0.0', port: 8080 },
    });
    expect(warnings.join()).to.match(/\[postgresql\] max_size in .*a\.conf has no effect/);
  });

  it('supports dsn and ssl', async () => {
    const text = '[postgresql]\ndsn = postgres://ada@localhost/shop\n[web]';
    expect((await gatewayOf(text)).gateway.extra.database).to.include({ uri: 'postgres://ada@localhost/shop' });
    const { gateway } = await gatewayOf('[postgresql]\nhost = db\nuser = ada\nssl = require\n[web]');
    expect(gateway.extra.database).to.deep.include({ ssl: { rejectUnauthorized: false } });
  });

  for (const [text, message] of [
    ['[web]\n', /\[postgresql\] in .*a\.conf: missing/],
    [
      '[postgresql]\n[web]\nport = http',
      /\[web\] port in .*a\.conf: expected a port number from 0 to 65535, found "http"/,
    ],
    ['[postgresql]\n[web]\nprot = 1', /\[web\] prot in .*a\.conf: unknown key, did you mean port\?/],
    ['[postgresql]\ndsn = shop\n[web]', /\[postgresql\] dsn in .*a\.conf: expected a URI/],
    ['[postgresql]\nssl = always\n[web]', /\[postgresql\] ssl in .*a\.conf: expected an sslmode/],
  ] as const) {
    it(`is refused with section and key: ${message.source}`, async () => {
      const error = await gatewayOf(text).then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      expect(error).to.be.instanceOf(ConfigurationError).with.property('message').that.matches(message);
    });
  }

  it('names the file that cannot be read', () => {
    const read = () => postgresql2websocketGateway('/nowhere/a.conf', {});
    expect(read).to.throw(ConfigurationError, /\/nowhere\/a\.conf: there is no such file/);
  });
});
