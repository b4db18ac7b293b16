import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { repositoryRoot, withDeadline } from '@pgwamp/harness';
import { expect } from 'chai';
import { createFolder } from '../support/folder.ts';

const programs = join(repositoryRoot, 'packages/node/src/cli');

async function run(file: string, args: readonly string[], variables: Readonly<Record<string, string>> = {}) {
  const env = { ...process.env, ...variables };
  const child = spawn(process.execPath, [join(programs, file), ...args], { env, stdio: 'pipe' });
  const all = Promise.all([once(child, 'close'), text(child.stdout), text(child.stderr)]);
  const [[code], stdout, stderr] = await withDeadline(all, 60_000, `${file} ${args.join(' ')} to end`);
  return { code, stdout, stderr };
}

const ini = `[database]
uri=postgresql://u:secret@127.0.0.1:5432/shop
[upstream.rabbit]
kind=amqp
uri=amqp://u:secret@127.0.0.1//
bridge_channels=events->exchange:amq.topic`;

describe('pg-event-proxy', () => {
  it('prints its usage, and exits with 2 for a wrong configuration', async () => {
    expect(await run('pg-event-proxy.ts', ['--help'])).to.deep.include({ code: 0, stderr: '' });
    const wrong = await run('pg-event-proxy.ts', [], { 'PGPROXY_DATABASE-URI': 'postgresql://h/d' });
    expect(wrong.code).to.equal(2);
    expect(wrong.stderr).to.contain('PGPROXY_UPSTREAM-NAME-KIND: missing (expected at least one upstream)');
  });

  it('prints its configuration as one of pgwamp, without secrets', async () => {
    await using folder = await createFolder();
    const file = join(folder.path, 'config.ini');
    await writeFile(file, ini);
    const { code, stdout } = await run('pgwamp.ts', ['proxy', file, '--print']);
    expect(code).to.equal(0);
    expect(stdout).not.to.contain('secret');
    const { sinks, routes } = JSON.parse(stdout).extra;
    expect(sinks.rabbit).to.include({ kind: 'amqp', destination: 'exchange', delivery_mode: 1 });
    expect(routes[0]).to.include({ from: 'notify', to: 'rabbit', destination: 'amq.topic', content_type: 'text' });
  });
});
