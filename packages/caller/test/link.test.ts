import { connect, createServer } from 'node:net';
import { text } from 'node:stream/consumers';
import { Caller, type CallerOptions } from '@pgwamp/caller';
import { ConfigurationError } from '@pgwamp/core';
import { freePort, waitFor, withDeadline } from '@pgwamp/harness';
import { callerOptions, openCallerStage } from '@pgwamp/harness/fixtures/caller-stage';
import { certificatePath } from '@pgwamp/harness/fixtures/certificates';
import { rejection } from '@pgwamp/harness/fixtures/rejection';
import { errorOf } from '@pgwamp/harness/fixtures/sql-error';
import { createTestRouter } from '@pgwamp/harness/fixtures/test-router';
import { expect } from 'chai';
import { pino } from 'pino';

describe('The link of a Caller', () => {
  it('listens at the configured address, and is advertised with it to role crossbar only', async () => {
    const port = await freePort();
    const link = { host: '0.0.0.0', port, advertise: { host: 'localhost' } };
    await using stage = await openCallerStage({ extra: { link } });
    await stage.callee.register('com.example.two', () => 2);
    expect(await stage.one(`SELECT crossbar.call('com.example.two')`)).to.equal('2');
    expect(stage.caller.status().link).to.deep.equal({ host: 'localhost', port, connections: 1 });
    expect(await stage.one(`SELECT concat_ws(' ', realm, host, port, tls) FROM crossbar._link`)).to.equal(
      `realm1 localhost ${port} f`,
    );
    expect(await stage.one(`SELECT has_table_privilege('public', 'crossbar._link', 'SELECT')`)).to.equal('f');
  });

  it('uses TLS if it has a certificate', async () => {
    const tls = { certificate: certificatePath('server'), key: certificatePath('server-key') };
    await using stage = await openCallerStage({ extra: { link: { tls } } });
    await stage.callee.register('com.example.two', () => 2);
    expect(await stage.one('SELECT tls FROM crossbar._link')).to.equal('t');
    expect(await stage.one(`SELECT crossbar.call('com.example.two')`)).to.equal('2');
  });

  it('is not opened without its certificate: the Caller does not start, and names the key', async () => {
    await using stage = await openCallerStage();
    const tls = { certificate: '/no/such/link.pem', key: certificatePath('server-key') };
    const options = callerOptions(stage.database, { type: 'memory', router: stage.router }, { link: { tls } });
    await using caller = new Caller(options, { log: pino({ level: 'silent' }) });
    const error = await rejection(caller.start());
    expect(error).to.be.instanceOf(ConfigurationError);
    expect(error.message).to.match(/extra\.link\.tls\.certificate: expected PEM text .*ENOENT.*link\.pem/);
  });

  it('is opened as soon as possible if its port is in use', async () => {
    await using stage = await openCallerStage();
    await stage.caller.stop();
    const { database, router } = stage;
    const port = await freePort();
    await using other = createServer().listen(port, '127.0.0.1');
    const options = callerOptions(database, { type: 'memory', router }, { link: { port } });
    await using caller = new Caller(options, { log: pino({ level: 'silent' }) });
    const started = caller.start();
    const complaint = (text: string) =>
      waitFor(() => String(caller.status().error).includes(text), { what: `it to say ${text}` });
    await complaint('EADDRINUSE');
    other.close();
    await withDeadline(started, 15_000, 'the Caller to run');
    expect(caller.status().state).to.equal('running');
  });

  it('enforces its limits on the size of calls and on the time for authentication', async () => {
    await using stage = await openCallerStage({
      extra: { link: { max_message_size: 1024, authentication_timeout: 50 } },
    });
    await stage.callee.register('com.example.length', ([text]) => String(text).length);
    const call = (length: number) =>
      `SELECT crossbar.call('com.example.length', jsonb_build_array(repeat('x', ${length})))`;
    expect(await stage.one(call(500))).to.equal('500');
    const error = await errorOf(stage.sql.query(call(1024)));
    expect(error).to.include({ code: '54000', hint: 'The limit is extra.link.max_message_size of the Caller.' });
    const { host, port } = stage.caller.status().link ?? expect.fail('there is no link');
    const client = connect({ host, port });
    const said = withDeadline(text(client), 3000, 'the link to lose patience');
    expect(await said).to.include('canceling authentication due to timeout');
  });

  it('requires the address for PostgreSQL if it listens at all addresses, and a time within the range of timers', async () => {
    await using router = createTestRouter();
    const make = (link: NonNullable<CallerOptions['extra']['link']>) => {
      const extra = { database: { uri: 'postgres://127.0.0.1/x' }, link };
      return new Caller(
        { realm: 'realm1', transport: { type: 'memory', router }, extra },
        { log: pino({ level: 'silent' }) },
      );
    };
    expect(() => make({ host: '::' })).to.throw(
      ConfigurationError,
      'extra.link.advertise: missing (expected the address by which',
    );
    const endless = { authentication_timeout: 2 ** 31 };
    expect(() => make(endless)).to.throw(ConfigurationError, 'extra.link.authentication_timeout');
    await using caller = make({ host: '::', advertise: { host: 'db-gateway', port: 6000 } });
    expect(caller.configuration.extra.link).to.deep.include({ port: 0, max_connections: 500 });
  });
});
