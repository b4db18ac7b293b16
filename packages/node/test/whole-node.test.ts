import { generateKeyPairSync } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort, repositoryRoot, waitFor } from '@pgwamp/harness';
import { createSetUpDatabase } from '@pgwamp/harness/fixtures/sql-database';
import { expect } from 'chai';
import { parse, stringify } from 'yaml';
import { pgwamp } from './support/command.ts';
import { startNode } from './support/running-node.ts';

const example = join(repositoryRoot, 'examples/node-accounts');

const greeter = `
export class Greeter {
  constructor(_, { join }) {
    this.join = join;
  }
  async start() {
    this.session = await this.join();
    await this.session.register('com.example.greet', ([name]) => 'hello ' + name);
  }
  async stop() {
    await this.session.leave();
  }
}`;

interface Worker {
  readonly realms: readonly { readonly roles: object[] }[];
  readonly transports: object[];
}

/**
 * The node of the example, whose authenticators and authorizers are stored procedures, with a container that joins by a
 * Unix socket and Cryptosign, and a guest with input and output.
 */
async function wholeNode(): Promise<object> {
  const node = parse(await readFile(join(example, 'config.yaml'), 'utf8')) as { workers: Worker[] };
  const { d, x } = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' });
  const hex = (text = '') => Buffer.from(text, 'base64url').toString('hex');
  const principals = { greeter: { authorized_keys: [hex(x)], role: 'greeter' } };
  const socket = { type: 'unix', path: 'router.sock' };
  const [worker] = node.workers;
  const allow = { register: true };
  worker?.realms[0]?.roles.push({
    name: 'greeter',
    permissions: [{ uri: 'com.example.greet', match: 'exact', allow }],
  });
  worker?.transports.push({
    type: 'rawsocket',
    endpoint: socket,
    auth: { cryptosign: { type: 'static', principals } },
  });
  const component = {
    type: 'class',
    classname: './greeter.js:Greeter',
    realm: 'realm1',
    transport: { type: 'rawsocket', endpoint: socket, serializer: 'cbor' },
    authentication: { cryptosign: { authid: 'greeter', privkey: hex(d) } },
    extra: {},
  };
  const script = `process.stdin.on('data', (data) => { console.log('got ' + data + process.env.SIGN); console.error('unheard'); })`;
  const stdin = { type: 'json', value: { n: [1] }, close: true };
  const guest = {
    type: 'guest',
    executable: process.execPath,
    arguments: ['-e', script],
    options: { env: { inherit: false, vars: { SIGN: '!' } }, workdir: '..', stdin, stdout: 'log', stderr: 'drop' },
  };
  return { ...node, workers: [...node.workers, { type: 'container', components: [component] }, guest] };
}

describe('Node with everything in one file', function () {
  this.timeout(60_000);

  for (const format of ['JSON', 'YAML'] as const) {
    it(`runs: ${format}`, async () => {
      await using database = await createSetUpDatabase();
      await using sql = await database.connect();
      await sql.query(await readFile(join(example, 'accounts.sql'), 'utf8'));
      await sql.query(`INSERT INTO accounts.permission VALUES ('member', 'call', 'com.example.greet')`);
      const { host, port } = database.config;
      const PORT = String(await freePort());
      const env = { PORT, PGHOST: host, PGPORT: String(port), PGDATABASE: database.name, PGPASSWORD: 'crossbar' };
      const whole = await wholeNode();
      const yaml = { 'node.yaml': stringify(whole) };
      const args = format === 'YAML' ? ['--config', '.crossbar/node.yaml'] : [];
      await using running = await startNode(whole, { env, args, files: { 'greeter.js': greeter, ...yaml } });
      await running.ready();
      await running.process.waitFor({ worker: 'guest-1', msg: 'got {"n":[1]}!' });
      await running.process.waitFor({ worker: 'guest-1', msg: 'finished with exit code 0' });
      const router = `ws://127.0.0.1:${PORT}/ws`;
      const call = async () => {
        const args = ['call', 'com.example.greet', 'you', '--authid', 'grace', '--ticket', 'graces ticket'];
        const result = await pgwamp([...args, '--router', router]);
        return result.code === 0 && result.stdout;
      };
      expect(await waitFor(call, { what: 'the greeting', deadline: 30_000 })).to.equal('hello you\n');
      running.process.kill('SIGTERM');
      expect(await running.exit()).to.deep.equal({ code: 143, signal: null });
      expect(running.process.output).not.to.include('unheard');
    });
  }
});
