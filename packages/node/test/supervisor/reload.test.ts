import { execFile } from 'node:child_process';
import { open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startProcess, waitFor, withDeadline } from '@pgwamp/harness';
import { createSetUpDatabase } from '@pgwamp/harness/fixtures/sql-database';
import { expect } from 'chai';
import { program } from '../support/command.ts';
import { node, routerWorker, sideBySide } from '../support/configurations.ts';
import { createFolder } from '../support/folder.ts';
import { type RunningNode, startNode } from '../support/running-node.ts';

/** Ends when its node is gone, which may be killed before the guest looks. */
const waiting =
  'const { ppid } = process; setInterval(() => ppid === 1 || process.ppid !== ppid ? process.exit(1) : 0, 100)';

const idle = (id: string, more: object = {}) => ({
  type: 'guest',
  id,
  executable: process.execPath,
  arguments: ['-e', waiting],
  ...more,
});

/** The processes that were started, by their workers. */
function starts({ process: { messages } }: RunningNode): unknown[] {
  return messages.filter(({ msg }) => msg === 'process started').map(({ worker }) => worker);
}

async function reloaded(running: RunningNode, times = 1): Promise<void> {
  const applied = () => running.process.messages.filter(({ msg }) => /^configuration applied/.test(String(msg))).length;
  await waitFor(() => applied() === times, { what: 'the configuration to be applied' });
}

describe('SIGHUP', () => {
  it('starts new workers, stops removed ones, restarts changed ones, and keeps others', async () => {
    await using running = await startNode(node([routerWorker(), idle('kept'), idle('gone'), idle('changed')]));
    await running.ready();
    const changed = idle('changed', { options: { env: { vars: { A: '1' } } } });
    await running.rewrite(node([routerWorker(), idle('kept'), changed, idle('new')]));
    running.process.kill('SIGHUP');
    await reloaded(running);
    expect(starts(running)).to.have.members(['router-1', 'kept', 'gone', 'changed', 'changed', 'new']);
  });

  it('replaces the components of a router worker without restarting the router', async () => {
    await using database = await createSetUpDatabase();
    const worker = (classname: string) => routerWorker({ components: [sideBySide(classname, database)] });
    await using running = await startNode(node([worker('pgwamp.Publisher')]));
    await running.ready();
    await running.rewrite(node([worker('pgwamp.Subscriber')]));
    running.process.kill('SIGHUP');
    await running.process.waitFor({ component: 'subscriber', msg: 'component is running' });
    await running.process.waitFor({ component: 'publisher', msg: 'component is stopped' });
    expect(starts(running)).to.deep.equal(['router-1']);
  });

  it('keeps the node running if a new worker cannot start', async () => {
    await using running = await startNode(node([routerWorker(), idle('kept')]));
    await running.ready();
    await running.rewrite(node([routerWorker(), idle('kept'), idle('bad', { executable: './missing' })]));
    running.process.kill('SIGHUP');
    await running.process.waitFor((message) => /^worker bad failed: cannot start/.test(String(message.msg)));
    await running.rewrite(node([routerWorker(), idle('kept'), idle('bad')]));
    running.process.kill('SIGHUP');
    await reloaded(running, 2);
    await running.process.waitFor({ worker: 'bad', msg: 'running' });
    expect(starts(running)).to.deep.equal(['router-1', 'kept', 'bad', 'bad']);
  });

  it('reloads after a signal during the start, before the file has been read', async () => {
    await using folder = await createFolder();
    const pipe = join(folder.path, 'config.json');
    await promisify(execFile)('mkfifo', [pipe]);
    await using running = await startProcess(program, { args: ['start', '--config', pipe] });
    // Opening waits for the node to read.
    const write = (configuration: object) => writeFile(pipe, JSON.stringify(configuration));
    const first = await open(pipe, 'w');
    running.kill('SIGHUP');
    await first.writeFile(JSON.stringify(node([routerWorker()])));
    await first.close();
    await running.waitFor(({ msg }) => /^starting /.test(String(msg)));
    await write(node([routerWorker(), idle('new')]));
    await running.waitFor({ msg: 'configuration applied: 0 workers stopped, 1 started' });
    running.kill('SIGTERM');
    expect(await withDeadline(running.exited, 30_000, 'the node to end')).to.deep.equal({ code: 143, signal: null });
  });

  it('starts no more workers after the node was told to stop', async () => {
    const deaf = (more: object) =>
      idle('deaf', {
        arguments: ['-e', `process.on('SIGTERM', () => console.log('deaf to it')); console.log('deaf'); ${waiting}`],
        ...more,
      });
    const controller = { options: { shutdown_timeout: 1000 } };
    await using running = await startNode(node([deaf({})], controller));
    await running.process.waitFor({ worker: 'deaf', msg: 'deaf' });
    await running.ready();
    await running.rewrite(node([deaf({ options: { env: { vars: { A: '1' } } } }), idle('new')], controller));
    running.process.kill('SIGHUP');
    await running.process.waitFor({ worker: 'deaf', msg: 'deaf to it' });
    running.process.kill('SIGTERM');
    expect(await running.exit()).to.deep.equal({ code: 143, signal: null });
    expect(starts(running)).to.deep.equal(['deaf']);
  });

  it('changes nothing if the file is wrong, and logs the mistake', async () => {
    await using running = await startNode(node([routerWorker(), idle('kept')]));
    await running.ready();
    await running.rewrite({ version: 2, workers: [{ type: 'router', surprise: 1 }] });
    running.process.kill('SIGHUP');
    const { msg } = await running.process.waitFor(({ msg: text }) => /nothing was changed/.test(String(text)));
    expect(msg).to.match(/\.crossbar\/config\.json:6:7: workers\[0\]\.surprise: unknown key/);
    await running.rewrite(node([routerWorker(), idle('kept'), idle('new')]));
    running.process.kill('SIGHUP');
    await reloaded(running);
    expect(starts(running)).to.deep.equal(['router-1', 'kept', 'new']);
  });
});

describe("NOTIFY pgwamp, 'reload'", () => {
  it('reloads too, in the database of a component', async () => {
    await using database = await createSetUpDatabase();
    const worker = routerWorker({ components: [sideBySide('pgwamp.Publisher', database)] });
    await using running = await startNode(node([worker]), { args: ['--log-level', 'debug'] });
    await running.ready();
    await running.process.waitFor({ msg: 'listening to NOTIFY pgwamp' });
    await running.rewrite(node([worker, idle('new')]));
    await using sql = await database.connect();
    await sql.query("NOTIFY pgwamp, 'something else'");
    await sql.query("NOTIFY pgwamp, 'reload'");
    await reloaded(running);
    expect(starts(running)).to.deep.equal(['router-1', 'new']);
  });
});
