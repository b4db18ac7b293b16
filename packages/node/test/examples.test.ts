import { globSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort, repositoryRoot, startProcess, waitFor } from '@pgwamp/harness';
import { createSetUpDatabase } from '@pgwamp/harness/fixtures/sql-database';
import type { ValidateFunction } from 'ajv/dist/2020.js';
import { expect } from 'chai';
import { parse } from 'yaml';
import { pgwamp, program } from './support/command.ts';
import { nodeValidator } from './support/validate.ts';

const examples = join(repositoryRoot, 'examples');

describe('Configurations of the examples', () => {
  let validate: ValidateFunction;
  before(async () => {
    validate = await nodeValidator();
  });

  const files = globSync(['**/config.{json,yaml}', '**/.crossbar/config.{json,yaml}'], { cwd: examples });

  for (const file of files) {
    it(`are valid against the JSON Schema: ${file}`, async () => {
      validate(parse(await readFile(join(examples, file), 'utf8')));
      expect(validate.errors ?? []).to.deep.equal([]);
    });
  }

  it('are found', () => expect(files).not.to.deep.equal([]));
});

describe('Example node-accounts', () => {
  it('reads authentication and permissions from tables', async () => {
    await using database = await createSetUpDatabase();
    await using sql = await database.connect();
    await sql.query(await readFile(join(examples, 'node-accounts/accounts.sql'), 'utf8'));
    const { host, port } = database.config;
    const PORT = String(await freePort());
    const env = { PORT, PGHOST: host, PGPORT: String(port), PGDATABASE: database.name, PGPASSWORD: 'crossbar' };
    const args = ['start', '--config', join(examples, 'node-accounts/config.yaml')];
    await using node = await startProcess(program, { args, env });
    await node.waitFor({ msg: 'node is ready' });

    const call = (procedure: string, authid: string, ticket: string) =>
      pgwamp(['call', procedure, '--router', `ws://127.0.0.1:${PORT}/ws`, '--authid', authid, '--ticket', ticket]);
    const hello = async () => {
      const result = await call('com.example.hello', 'grace', 'graces ticket');
      return result.code === 0 && result;
    };
    const { stdout } = await waitFor(hello, { what: 'the functions to be registered', deadline: 30_000 });
    expect(stdout).to.equal('hello grace\n');
    expect((await call('com.example.people', 'ada', 'adas ticket')).stdout).to.equal('["ada","grace"]\n');

    const refused = await call('com.example.people', 'grace', 'graces ticket');
    expect(refused.code).to.equal(1);
    expect(refused.stderr).to.match(/^pgwamp: wamp\.error\.not_authorized/);
    await sql.query(`INSERT INTO accounts.permission VALUES ('member', 'call', 'com.example.people')`);
    expect((await call('com.example.people', 'grace', 'graces ticket')).stdout).to.equal('["ada","grace"]\n');

    const stranger = await call('com.example.hello', 'grace', 'a guess');
    expect(stranger.code).to.equal(3);
    expect(stranger.stderr).to.include('wamp.error.authentication_denied');
  });
});
