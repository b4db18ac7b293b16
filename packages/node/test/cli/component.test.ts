import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { startProcess, waitFor, withDeadline } from '@pgwamp/harness';
import { joinByWebSocket } from '@pgwamp/harness/fixtures/join';
import { createSetUpDatabase } from '@pgwamp/harness/fixtures/sql-database';
import { createRouter } from '@pgwamp/router';
import { expect } from 'chai';
import { pgwamp, program } from '../support/command.ts';
import { sideBySide } from '../support/configurations.ts';
import { createFolder } from '../support/folder.ts';

describe('pgwamp component', () => {
  it('runs one component of a file until a signal', async () => {
    await using database = await createSetUpDatabase();
    await using router = createRouter({ realms: ['realm1'] });
    const { url } = await router.listen({ port: 0 });
    const { role: _, ...own } = sideBySide('crossbar.adapter.postgres.PostgreSQLPublisher', database) as {
      role: string;
    };
    const component = { ...own, transport: { type: 'websocket', url: '$ROUTER' } };
    await using folder = await createFolder({ 'publisher.json': component });
    const args = ['component', '--config', 'publisher.json'];
    await using running = await startProcess(program, { args, cwd: folder.path, env: { ROUTER: url } });
    await running.waitFor({ component: 'publisher', msg: 'component is running' });
    await using session = await joinByWebSocket(url);
    const events: unknown[] = [];
    await session.subscribe('com.example.topic1', (payload) => events.push(payload));
    await using sql = await database.connect();
    await sql.query(`SELECT crossbar.publish('com.example.topic1', '[1]')`);
    await waitFor(() => events.length > 0, { what: 'the event' });
    running.kill('SIGTERM');
    expect((await withDeadline(running.exited, 30_000, 'the component to end')).code).to.equal(143);
    await running.waitFor({ component: 'publisher', msg: 'component is stopped' });
  });

  it('reads the configuration from standard input, as a guest of Crossbar.io receives it', async () => {
    const wrong = { type: 'class', classname: 'pgwamp.Publisher', realm: 'realm1', extra: {} };
    const { code, stderr } = await pgwamp(['component', '--config', '-'], { input: JSON.stringify(wrong) });
    expect(code).to.equal(2);
    expect(stderr).to.match(/standard input:1:1: transport: missing/);
    expect(stderr).to.match(/standard input:1:\d+: extra\.database: missing/);
  });
});

describe('pgwamp completion', () => {
  for (const shell of ['bash', 'zsh', 'fish']) {
    it(`contains all commands and options: ${shell}`, async () => {
      const { code, stdout } = await pgwamp(['completion', shell]);
      expect(code).to.equal(0);
      for (const word of ['start', 'doctor', 'cbdir', 'nagios']) expect(stdout).to.include(word);
    });
  }

  it('completes commands and options in bash', async () => {
    const { stdout } = await pgwamp(['completion', 'bash']);
    const complete = async (...words: string[]) => {
      const script = `${stdout}\nCOMP_WORDS=(pgwamp ${words.map((word) => `'${word}'`).join(' ')})\nCOMP_CWORD=${words.length}\n_pgwamp\necho "\${COMPREPLY[*]}"`;
      const child = spawn('bash', ['-c', script], { stdio: ['ignore', 'pipe', 'inherit'] });
      const [output] = await withDeadline(once(child.stdout, 'data'), 10_000, 'bash');
      return String(output).trim();
    };
    expect(await complete('st')).to.equal('start status');
    expect(await complete('doctor', '--na')).to.equal('--nagios');
    expect(await complete('proxy', '--c')).to.equal('--check');
    expect(await complete('proxy', 'parked', '')).to.equal('list show retry discard --help');
    expect(await complete('proxy', 'parked', 'retry', '--a')).to.equal('--all');
    expect(await complete('proxy', 'parked', 'retry', '--sink', 'broker', '--all', '--pr')).to.equal('--proxy');
    expect(await complete('start', '--log-format', '')).to.equal('json pretty');
    expect(await complete('subscribe', '--match', 'w')).to.equal('wildcard');
    expect(await complete('completion', '')).to.equal('bash zsh fish --help');
    expect(await complete('help', 'pr')).to.equal('proxy');
    expect(await complete('--v')).to.equal('--version');
  });

  it('refuses an unknown shell', async () => {
    expect((await pgwamp(['completion', 'dos'])).code).to.equal(2);
  });
});
