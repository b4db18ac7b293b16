import { once } from 'node:events';
import { createServer } from 'node:net';
import { ConfigurationError, DatabaseLostError, DatabaseRefusedError, PostgresTooOldError } from '@pgwamp/core';
import { freePort, sharedPostgres, startPostgres } from '@pgwamp/harness';
import { certificate, certificatePath } from '@pgwamp/harness/fixtures/certificates';
import { rejection } from '@pgwamp/harness/fixtures/rejection';
import { expect } from 'chai';
import { Connection, connectClient } from '../../src/postgres/index.ts';
import { connectError } from '../../src/postgres/server-error.ts';
import { databaseConfiguration } from '../support/database.ts';
import { startOldPostgres } from '../support/old-postgres.ts';

const secret = 'pass word/:@?#%4711';

async function whoAmI(fields: object): Promise<{ user: string; database: string }[]> {
  await using connection = await Connection.open(databaseConfiguration(fields), 'test');
  return await connection.query('SELECT current_user AS user, current_database() AS database');
}

/** A role whose password needs escaping in a URI. */
async function roleWithSecret(name: string) {
  const server = await sharedPostgres();
  await using superuser = await server.connect();
  await superuser.query(`CREATE ROLE ${name} LOGIN PASSWORD '${secret}'`);
  return {
    [Symbol.asyncDispose]: async () => {
      await using again = await server.connect();
      await again.query(`DROP ROLE ${name}`);
    },
  };
}

describe('Opening a connection', () => {
  it('accepts fields, or a URI', async () => {
    const server = await sharedPostgres();
    await using database = await server.createDatabase();
    const user = `reader_${database.name}`;
    await using _ = await roleWithSecret(user);
    const { host, port } = server;
    const expected = [{ user, database: database.name }];
    expect(await whoAmI({ host, port, database: database.name, user, password: secret })).to.deep.equal(expected);
    expect(await whoAmI({ uri: server.url(database.name, user, secret) })).to.deep.equal(expected);
  });

  it('fails with ConfigurationError if a certificate cannot be read', async () => {
    const { host, port, superuser } = await sharedPostgres();
    const ssl = { ca: '/no/such/authority.pem' };
    const configuration = databaseConfiguration({ host, port, database: 'postgres', user: superuser, ssl });
    const error = await rejection(Connection.open(configuration, 'test'));
    expect(error).to.be.instanceOf(ConfigurationError).that.includes({ fatal: true });
    expect(error.message).to.match(/extra\.database\.ssl\.ca: expected PEM text .*ENOENT/);
  });

  it('never includes the password in an error', async () => {
    const server = await sharedPostgres();
    const closed = await freePort();
    const wrong = [
      { uri: server.url('postgres', 'nobody_of_that_name', secret) },
      { uri: server.url('no_such_database', server.superuser, secret) },
      { uri: `postgres://joe:${encodeURIComponent(secret)}@127.0.0.1:${closed}/db` },
      { uri: `postgres://joe:${secret}@127.0.0.1:${closed}/db` },
      { uri: `postgres://joe:${secret}@[/db` },
      { host: '127.0.0.1', port: closed, database: 'db', user: 'joe', password: secret },
      { host: 'no-such-host.invalid', database: 'db', user: 'joe', password: secret },
    ];
    for (const fields of wrong) {
      const error = await rejection(Connection.open(databaseConfiguration(fields), 'test'));
      const causes = [error, error.cause as Error | undefined].map((one) => `${one?.message} ${one?.stack}`);
      expect(causes.join() + JSON.stringify(error), JSON.stringify(fields)).not.to.include('4711');
    }
  });

  it('fails with DatabaseLostError if the port is closed, and with DatabaseRefusedError if PostgreSQL refuses', async () => {
    const fields = { host: '127.0.0.1', port: await freePort(), database: 'db', user: 'joe' };
    const error = await rejection(Connection.open(databaseConfiguration(fields), 'test'));
    expect(error).to.be.instanceOf(DatabaseLostError);
    expect(error.message).to.include('ECONNREFUSED');
    const { config } = await sharedPostgres().then((server) => ({ config: server.config('no_such_database') }));
    const refused = await rejection(Connection.open(databaseConfiguration(config), 'test'));
    expect(refused).to.be.instanceOf(DatabaseRefusedError).that.includes({ sqlstate: '3D000', permanent: true });
    expect(refused.message).to.include(`PostgreSQL at ${config.host}:${config.port}, database no_such_database, user `);
  });

  it('fails if PostgreSQL is too old, and names the required version', async () => {
    await using server = await startOldPostgres();
    const fields = { host: '127.0.0.1', port: server.port, database: 'db', user: 'joe' };
    const error = await rejection(Connection.open(databaseConfiguration(fields), 'test'));
    expect(error).to.be.instanceOf(PostgresTooOldError).that.includes({ fatal: true });
    expect(error.message).to.equal('PostgreSQL 13.23 is too old: pgwamp needs version 14 or newer');
  });

  it('enables TCP keepalive', async () => {
    const server = await sharedPostgres();
    const client = await connectClient(databaseConfiguration(server.config()), 'test');
    const kept = Object.getOwnPropertySymbols(client.connection.stream)
      .filter((symbol) => symbol.description === 'kSetKeepAlive')
      .map((symbol) => Reflect.get(client.connection.stream, symbol));
    await client.end();
    expect(kept).to.deep.equal([true]);
  });

  it('fails with DatabaseLostError if the server is not PostgreSQL', async () => {
    await using server = createServer((socket) => socket.resume().end('HTTP/1.1 400 Bad Request\r\n\r\n')).listen(
      0,
      '127.0.0.1',
    );
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    const fields = { host: '127.0.0.1', port, database: 'db', user: 'joe', password: 'x' };
    expect(await rejection(Connection.open(databaseConfiguration(fields), 'test'))).to.be.instanceOf(DatabaseLostError);
  });
});

describe('TLS to PostgreSQL', () => {
  const files = { 'server.pem': certificate('server'), 'server-key.pem': certificate('server-key') };
  const settings = { ssl: 'on', ssl_cert_file: 'server.pem', ssl_key_file: 'server-key.pem' };

  async function isEncrypted(fields: object): Promise<boolean | undefined> {
    await using connection = await Connection.open(databaseConfiguration(fields), 'test');
    const [row] = await connection.query<{ ssl: boolean }>('SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()');
    return row?.ssl;
  }

  it('verifies the certificate by the configured authority and server name', async () => {
    await using server = await startPostgres({ settings, files });
    const ca = certificatePath('authority');
    const config = server.config();
    expect(await isEncrypted({ ...config, host: 'localhost', ssl: { ca } })).to.equal(true);
    expect(await isEncrypted({ ...config, ssl: { ca: certificate('authority'), servername: 'localhost' } })).to.equal(
      true,
    );
    expect(await isEncrypted({ uri: server.url(), ssl: { ca, servername: 'server.example.com' } })).to.equal(true);
    expect(await isEncrypted({ ...config, ssl: { rejectUnauthorized: false } })).to.equal(true);
    expect(await isEncrypted({ ...config, ssl: false })).to.equal(false);
    expect(await isEncrypted(config)).to.equal(false);

    const unknown = await rejection(isEncrypted({ ...config, ssl: true }));
    expect(unknown).to.be.instanceOf(DatabaseRefusedError).and.to.have.property('permanent', true);
    expect(unknown.message).to.match(/its certificate is not accepted: .*\. Hint: Check the TLS options/);
    const otherName = await rejection(isEncrypted({ ...config, ssl: { ca, servername: 'other.example.com' } }));
    expect(otherName.message).to.include("Host: other.example.com. is not in the cert's altnames");
  });

  it('follows the option ssl if the URI has an sslmode too', async () => {
    await using server = await startPostgres({ settings, files });
    const ssl = { ca: certificatePath('authority'), servername: 'localhost' };
    for (const mode of ['require', 'verify-ca', 'verify-full']) {
      expect(await isEncrypted({ uri: `${server.url()}?sslmode=${mode}`, ssl }), mode).to.equal(true);
      const untrusted = await rejection(isEncrypted({ uri: `${server.url()}?sslmode=${mode}`, ssl: true }));
      expect(untrusted.message, mode).to.match(/certificate/);
    }
  });

  it('is verified with any sslmode of a URI alone, without a warning', async () => {
    await using server = await startPostgres({ settings, files });
    const warnings: Error[] = [];
    const warn = (warning: Error) => warnings.push(warning);
    process.on('warning', warn);
    try {
      for (const mode of ['prefer', 'require', 'verify-ca', 'verify-full']) {
        const untrusted = await rejection(isEncrypted({ uri: `${server.url()}?sslmode=${mode}` }));
        expect(untrusted.message, mode).to.match(/certificate/);
      }
    } finally {
      process.off('warning', warn);
    }
    expect(warnings).to.deep.equal([]);
  });

  it('does not mistake a refused certificate of the client for one of the server', () => {
    const configuration = databaseConfiguration({ uri: 'postgres://crossbar@127.0.0.1/db' });
    const alert = Object.assign(new Error('bad certificate'), { code: 'ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE' });
    expect(connectError(configuration, alert)).to.be.instanceOf(DatabaseLostError);
    const expired = Object.assign(new Error('certificate has expired'), { code: 'CERT_HAS_EXPIRED' });
    expect(connectError(configuration, expired)).to.be.instanceOf(DatabaseRefusedError);
  });

  it('fails if the server does not support it', async () => {
    await using server = await startPostgres({ settings: { ssl: 'off' } });
    const error = await rejection(isEncrypted({ ...server.config(), ssl: { rejectUnauthorized: false } }));
    expect(error).to.be.instanceOf(DatabaseRefusedError).and.to.have.property('permanent', true);
    expect(error.message).to.include('it does not support TLS. Hint: Check the TLS options (extra.database.ssl)');
  });
});
