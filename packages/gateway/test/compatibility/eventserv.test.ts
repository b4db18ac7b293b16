import { join } from 'node:path';
import { ConfigurationError } from '@pgwamp/config';
import { certificatePath } from '@pgwamp/harness/fixtures/certificates';
import { expect } from 'chai';
import { parseEventservCommandLine } from '../../src/compatibility/eventserv/command-line.ts';
import { readEventservFile } from '../../src/compatibility/eventserv/configuration-file.ts';
import { eventservGateway } from '../../src/compatibility/eventserv/gateway-options.ts';
import { readSettings } from '../../src/compatibility/eventserv/settings.ts';
import { createFolder } from '../support/folder.ts';

const settingsOf = (values: object, environment = {}) =>
  readSettings({ path: 'pg_eventserv.toml', values: { ...values } }, environment);

describe('Command line of pg_eventserv', () => {
  it('has long and short options', () => {
    const none = { debug: false, help: false, version: false };
    expect(parseEventservCommandLine([])).to.deep.include(none);
    expect(parseEventservCommandLine(['-d', '-c', 'a.toml'])).to.deep.include({ debug: true, config: 'a.toml' });
    expect(parseEventservCommandLine(['--debug', '--config=a.toml'])).to.deep.include({
      debug: true,
      config: 'a.toml',
    });
    expect(parseEventservCommandLine(['-h', '-v'])).to.deep.include({ help: true, version: true });
  });

  for (const args of [['--port', '1'], ['-c'], ['file.toml']]) {
    it(`refuses ${args.join(' ')}`, () => expect(() => parseEventservCommandLine(args)).to.throw(TypeError));
  }
});

describe('Configuration of pg_eventserv', () => {
  it('has the same defaults', () => {
    expect(settingsOf({}).settings).to.deep.equal({
      DbConnection: 'sslmode=disable',
      HttpHost: '0.0.0.0',
      HttpPort: 7700,
      HttpsPort: 7701,
      TlsServerCertificateFile: '',
      TlsServerPrivateKeyFile: '',
      UrlBase: '',
      BasePath: '/',
      CORSOrigins: ['*'],
      Channels: ['*'],
      Debug: false,
    });
  });

  it('reads keys of any case from TOML', async () => {
    await using folder = await createFolder({
      'pg_eventserv.toml': `# a comment\nHTTPPORT = 7777\nchannels = ["order*", "people"]\ndebug = true\nUrlBase = "https://example.com/"\n`,
    });
    const file = readEventservFile(undefined, [join(folder.path, 'none'), folder.path]);
    expect(file.path).to.equal(join(folder.path, 'pg_eventserv.toml'));
    expect(readSettings(file, {}).settings).to.deep.include({
      HttpPort: 7777,
      Channels: ['order*', 'people'],
      Debug: true,
      UrlBase: 'https://example.com/',
    });
  });

  it('is overridden by variables, whose lists are separated by spaces', () => {
    const environment = {
      ES_HTTPPORT: '7777',
      ES_CHANNELS: 'a  b*',
      ES_CORSORIGINS: 'https://example.com',
      ES_DEBUG: '1',
    };
    expect(settingsOf({ HttpPort: 1, HttpHost: 'localhost' }, environment).settings).to.deep.include({
      HttpHost: 'localhost',
      HttpPort: 7777,
      Channels: ['a', 'b*'],
      CORSOrigins: ['https://example.com'],
      Debug: true,
    });
    expect(settingsOf({ HttpPort: 1 }, { ES_HTTPPORT: '' }).settings.HttpPort).to.equal(1);
  });

  it('uses DATABASE_URL before all other settings of the database', () => {
    const environment = { ES_DBCONNECTION: 'host=b', DATABASE_URL: 'postgres://c/d' };
    expect(settingsOf({ DbConnection: 'host=a' }, environment).settings.DbConnection).to.equal('postgres://c/d');
    expect(settingsOf({ DbConnection: 'host=a' }, { ES_DBCONNECTION: 'host=b' }).settings.DbConnection).to.equal(
      'host=b',
    );
  });

  it('reports keys without effect, and unknown keys', () => {
    const { warnings } = settingsOf(
      { dbPoolMaxConns: 4, AssetsPath: './assets', Colour: 'red' },
      { ES_DBPOOLMAXCONNLIFETIME: '1h' },
    );
    expect(warnings).to.have.length(4);
    expect(warnings.join('\n'))
      .to.match(/dbPoolMaxConns in pg_eventserv.toml has no effect: one connection serves all channels/)
      .and.match(/AssetsPath in pg_eventserv.toml has no effect/)
      .and.match(/ES_DBPOOLMAXCONNLIFETIME has no effect/)
      .and.match(/Colour in pg_eventserv.toml is not a key of pg_eventserv/);
  });

  for (const [values, environment, message] of [
    [{ HTTPPort: 'high' }, {}, /HTTPPort in pg_eventserv.toml: expected a port number from 0 to 65535, found "high"/],
    [{}, { ES_HTTPPORT: '99999' }, /ES_HTTPPORT: expected a port number from 0 to 65535, found "99999"/],
    [{ Channels: ['a', '[b', 'c'] }, {}, /Channels\[1\] in pg_eventserv.toml: expected a pattern .*, found "\[b"/],
    [{}, { ES_CHANNELS: 'a b\\' }, /ES_CHANNELS\[1\]: expected a pattern .*, found "b/],
    [{ Channels: 7 }, {}, /Channels in pg_eventserv.toml: expected a list of patterns/],
    [{ Debug: 'perhaps' }, {}, /Debug in pg_eventserv.toml: expected true or false, found "perhaps"/],
    [{ UrlBase: 'example.com' }, {}, /UrlBase in pg_eventserv.toml: expected a URL such as/],
    [{ BasePath: 7 }, {}, /BasePath in pg_eventserv.toml: expected a string, found 7/],
    [{ Debug: true, DEBUG: false }, {}, /DEBUG in pg_eventserv.toml: written twice/],
  ] as const) {
    it(`names the key, its place and the expected value: ${message.source}`, () => {
      expect(() => settingsOf(values, environment)).to.throw(ConfigurationError, message);
    });
  }

  it('names a missing file, and the line of a syntax error', async () => {
    expect(() => readEventservFile('/nowhere/my.toml')).to.throw(
      ConfigurationError,
      /\/nowhere\/my.toml: there is no such file/,
    );
    await using folder = await createFolder({ 'my.toml': 'HttpPort = 7700\nHttpHost = localhost\n' });
    expect(() => readEventservFile(join(folder.path, 'my.toml'))).to.throw(
      ConfigurationError,
      /my\.toml:2:\d+: no TOML/,
    );
  });
});

describe('Gateway configured like pg_eventserv', () => {
  it('listens at the address of pg_eventserv, under the base path', () => {
    const environment = { DATABASE_URL: 'postgres://localhost/shop', ES_BASEPATH: 'events', ES_CHANNELS: 'people' };
    const { gateways, debug, warnings } = eventservGateway({ debug: true }, environment);
    expect(gateways).to.have.length(1);
    expect(gateways[0]?.extra).to.deep.include({
      database: { uri: 'postgres://localhost/shop', ssl: false },
      endpoint: { type: 'tcp', interface: '0.0.0.0', port: 7700 },
      base_path: '/events',
      path: '/listen/{channel}',
      channels: ['people'],
      cors_origins: ['*'],
    });
    expect({ debug, warnings }).to.deep.equal({ debug: true, warnings: [] });
  });

  it('listens with TLS too if certificate and key are given, and warns if one of them is missing', () => {
    const [key, certificate] = [certificatePath('server-key'), certificatePath('server')];
    const tls = { ES_TLSSERVERCERTIFICATEFILE: certificate, ES_TLSSERVERPRIVATEKEYFILE: key };
    const { gateways } = eventservGateway({ debug: false }, tls);
    expect(gateways.map(({ extra }) => extra.endpoint)).to.deep.equal([
      { type: 'tcp', interface: '0.0.0.0', port: 7700 },
      { type: 'tcp', interface: '0.0.0.0', port: 7701, tls: { key, certificate } },
    ]);
    const half = eventservGateway({ debug: false }, { ES_TLSSERVERCERTIFICATEFILE: 'server.crt' });
    expect(half.gateways).to.have.length(1);
    expect(half.warnings).to.deep.equal([
      'TlsServerCertificateFile is given without TlsServerPrivateKeyFile: no https',
    ]);
  });

  for (const [certificate, key, message] of [
    ['/nowhere.crt', certificatePath('server-key'), /ES_TLSSERVERCERTIFICATEFILE: expected PEM text .* ENOENT/],
    [certificatePath('server'), '/nowhere.key', /ES_TLSSERVERPRIVATEKEYFILE: expected PEM text .* ENOENT/],
    [certificatePath('server'), certificatePath('client-key'), /ES_TLSSERVERCERTIFICATEFILE: /],
  ] as const) {
    it(`names the variable with a wrong certificate or key: ${message.source}`, () => {
      const tls = { ES_TLSSERVERCERTIFICATEFILE: certificate, ES_TLSSERVERPRIVATEKEYFILE: key };
      expect(() => eventservGateway({ debug: false }, tls)).to.throw(ConfigurationError, message);
    });
  }

  it('names the variable with an invalid database', () => {
    const read = () => eventservGateway({ debug: false }, { DATABASE_URL: 'localhost' });
    expect(read).to.throw(ConfigurationError, /DATABASE_URL: expected a URI, or pairs/);
  });
});
