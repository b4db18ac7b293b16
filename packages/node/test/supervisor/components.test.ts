import { generateKeyPairSync } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort, repositoryRoot } from '@pgwamp/harness';
import { joinByWebSocket } from '@pgwamp/harness/fixtures/join';
import { createSetUpDatabase } from '@pgwamp/harness/fixtures/sql-database';
import { createRouter } from '@pgwamp/router';
import { expect } from 'chai';
import { node, routerWorker, sideBySide } from '../support/configurations.ts';
import { startNode } from '../support/running-node.ts';

const greeter = `
export class Greeter {
  constructor({ extra }, { join, log }) {
    Object.assign(this, { greeting: extra.greeting, join, log });
  }
  async start() {
    this.session = await this.join();
    await this.session.register('com.example.greet', ([name], kwargs, { caller_authrole: role }) => this.greeting + ' ' + name);
    this.log.info('greeter is here');
  }
  async stop() {
    await this.session.leave();
    console.log('greeter has left');
  }
}`;

const component = { type: 'class', classname: './greeter.js:Greeter', realm: 'realm1', extra: { greeting: 'hello' } };
const files = { 'greeter.js': greeter };

describe('Node: components of pgwamp', () => {
  it('end the node at its start after an error that retrying cannot fix, with one line', async () => {
    await using database = await createSetUpDatabase();
    await using sql = await database.connect();
    await sql.query('DROP SCHEMA crossbar CASCADE');
    const worker = routerWorker({ components: [sideBySide('pgwamp.Publisher', database)] });
    await using running = await startNode(node([worker]));
    expect(await running.exit()).to.deep.equal({ code: 3, signal: null });
    const { msg } = await running.process.waitFor({ code: 'PGWAMP_WORKER_FAILED' });
    expect(msg).to.match(/^worker router-1 failed: .*no schema "crossbar"/);
  });

  it('wait for a router that is not yet running', async () => {
    await using database = await createSetUpDatabase();
    const { role: _, ...own } = sideBySide('pgwamp.Publisher', database) as { role: string };
    const port = await freePort();
    const transport = { type: 'websocket', url: `ws://127.0.0.1:${port}/ws` };
    await using running = await startNode(node([{ type: 'container', components: [{ ...own, transport }] }]));
    await running.process.waitFor((message) => message.component === 'publisher' && Number(message.level) === 40);
    await using router = createRouter({ realms: ['realm1'] });
    await router.listen({ port, path: '/ws' });
    await running.ready();
  });
});

describe('Node: component of a class in a file', () => {
  it('runs in the process of a router, and joins it in memory', async () => {
    const worker = routerWorker({ components: [{ ...component, id: 'greeter', role: 'anonymous' }] });
    await using running = await startNode(node([worker]), { files });
    await running.ready();
    await running.process.waitFor({ worker: 'router-1', id: 'greeter', msg: 'greeter is here' });
    await using session = await joinByWebSocket(await running.url('router-1'));
    expect((await session.call('com.example.greet', ['joe'])).args).to.deep.equal(['hello joe']);
    running.process.kill('SIGTERM');
    await running.process.waitFor({ worker: 'router-1', stream: 'stdout', msg: 'greeter has left' });
  });

  it('receives the value of a variable unchanged, even if it looks like another variable', async () => {
    const extra = { greeting: '$GREETING' };
    const worker = routerWorker({ components: [{ ...component, role: 'anonymous', extra }] });
    await using running = await startNode(node([worker]), { files, env: { GREETING: '$HELLO' } });
    await running.ready();
    await using session = await joinByWebSocket(await running.url('router-1'));
    expect((await session.call('com.example.greet', ['joe'])).args).to.deep.equal(['$HELLO joe']);
  });

  const { privateKey } = generateKeyPairSync('ed25519');
  const { d, x } = privateKey.export({ format: 'jwk' });
  const hex = (text = '') => Buffer.from(text, 'base64url').toString('hex');
  const methods: Readonly<Record<string, { auth: object; authentication: object }>> = {
    anonymous: { auth: { anonymous: { type: 'static', role: 'anonymous' } }, authentication: { anonymous: {} } },
    ticket: {
      auth: { ticket: { type: 'static', principals: { joe: { ticket: 's3cret', role: 'anonymous' } } } },
      authentication: { ticket: { authid: 'joe', ticket: '$TICKET' } },
    },
    wampcra: {
      auth: { wampcra: { type: 'static', users: { joe: { secret: 's3cret', role: 'anonymous' } } } },
      authentication: { wampcra: { authid: 'joe', secret: 's3cret' } },
    },
    cryptosign: {
      auth: { cryptosign: { type: 'static', principals: { joe: { authorized_keys: [hex(x)], role: 'anonymous' } } } },
      authentication: { cryptosign: { authid: 'joe', privkey: hex(d) } },
    },
  };
  for (const [method, { auth, authentication }] of Object.entries(methods)) {
    for (const type of ['websocket', 'rawsocket'] as const) {
      it(`runs in a container that joins by ${type} and ${method}`, async () => {
        const endpoint = { type: 'tcp', interface: '127.0.0.1', port: await freePort() };
        const { transports } = routerWorker() as { transports: object[] };
        const router = routerWorker({ transports: [...transports, { type, endpoint, auth }] });
        const to = { type: 'tcp', host: '127.0.0.1', port: endpoint.port };
        const url = `ws://127.0.0.1:${endpoint.port}/`;
        const transport = type === 'websocket' ? { type, url } : { type, endpoint: to };
        const container = { type: 'container', components: [{ ...component, transport, authentication }] };
        await using running = await startNode(node([router, container]), { files, env: { TICKET: 's3cret' } });
        await running.ready();
        await using session = await joinByWebSocket(await running.url('router-1'));
        expect((await session.call('com.example.greet', ['joe'])).args).to.deep.equal(['hello joe']);
      });
    }
  }

  it('runs in a container that joins by a Unix socket, over TLS, with paths relative to the file', async () => {
    const pem = (name: string) =>
      readFile(join(repositoryRoot, 'packages/harness/src/fixtures/certificates', `${name}.pem`), 'utf8');
    const certificates = {
      'tls/authority.pem': await pem('authority'),
      'tls/server.pem': await pem('server'),
      'tls/key.pem': await pem('server-key'),
    };
    const port = await freePort();
    const tls = { key: 'tls/key.pem', certificate: 'tls/server.pem' };
    const { transports } = routerWorker() as { transports: object[] };
    const router = routerWorker({
      transports: [
        ...transports,
        { type: 'rawsocket', endpoint: { type: 'unix', path: 'router.sock' } },
        { type: 'websocket', endpoint: { type: 'tcp', interface: '127.0.0.1', port, tls } },
      ],
    });
    const greet = (id: string, transport: object) => ({ ...component, id, transport, extra: { greeting: id } });
    const trusted = { ca_certificates: ['tls/authority.pem'], hostname: 'localhost' };
    const components = [
      greet('unix', { type: 'rawsocket', endpoint: { type: 'unix', path: 'router.sock' } }),
      greet('tls', {
        type: 'websocket',
        url: `wss://127.0.0.1:${port}/`,
        endpoint: { type: 'tcp', host: '127.0.0.1', port, tls: trusted },
      }),
    ];
    // Each has a procedure of its own.
    const named = greeter.replace("'com.example.greet'", "'com.example.' + this.greeting");
    const settings = { files: { 'greeter.js': named, ...certificates } };
    await using running = await startNode(node([router, { type: 'container', components }]), settings);
    await running.ready();
    await using session = await joinByWebSocket(await running.url('router-1'));
    for (const id of ['unix', 'tls']) {
      expect((await session.call(`com.example.${id}`, ['joe'])).args).to.deep.equal([`${id} joe`]);
    }
  });
});
