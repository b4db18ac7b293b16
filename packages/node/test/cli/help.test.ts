import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { withDeadline } from '@pgwamp/harness';
import { expect } from 'chai';
import type { Command } from 'commander';
import { createProgram } from '../../src/cli/program.ts';
import { pgwamp, program } from '../support/command.ts';
import { createFolder, type Folder } from '../support/folder.ts';

function helpOf(command: Command): string {
  let text = '';
  command.configureOutput({ writeOut: (part) => (text += part) });
  command.outputHelp();
  return text;
}

/** Every command with those below it, by their names. */
function commandsOf(command: Command, path: readonly string[] = []): [name: string, command: Command][] {
  return command.commands.flatMap((it) => {
    const names = [...path, it.name()];
    return [[names.join(' '), it] as [string, Command], ...commandsOf(it, names)];
  });
}

/** The lines of the examples in the help of a command. */
function examplesOf(command: Command): string[] {
  const [, examples = ''] = helpOf(command).split('\nExamples:\n');
  return [...examples.matchAll(/^ {2}\$ (.+)$/gm)].map(([, line = '']) => line);
}

const allExamples = commandsOf(createProgram()).flatMap(([, command]) => examplesOf(command));

/** A program that reads a command line as `pgwamp` does, and runs nothing. */
function createIdleProgram(): Command {
  const idle = createProgram();
  for (const [, command] of commandsOf(idle)) {
    const isGroup = command.commands.length > 0 && command.registeredArguments.length === 0;
    if (!isGroup) command.action(() => undefined);
  }
  return idle;
}

/** A folder with a command `pgwamp` in `bin`, which is the given script of a shell, and with the files that examples read. */
async function createStage(script: string): Promise<Folder> {
  const folder = await createFolder({ 'publisher.json': {}, '.config/fish/completions/keep': '' });
  await chmod(await folder.write('bin/pgwamp', `#!/bin/sh\n${script}\n`), 0o755);
  return folder;
}

/** Runs a line in a shell, with `pgwamp` in the PATH. The folder is the working directory and HOME. */
async function runLine(line: string, { path }: Folder) {
  const env = { ...process.env, PATH: `${join(path, 'bin')}:${process.env.PATH}`, HOME: path };
  const child = spawn('bash', ['-c', line], { cwd: path, env, stdio: ['ignore', 'pipe', 'pipe'] });
  try {
    const all = Promise.all([once(child, 'close'), text(child.stdout), text(child.stderr)]);
    const [[code], stdout, stderr] = await withDeadline(all, 60_000, line);
    return { code, stdout, stderr };
  } finally {
    child.kill('SIGKILL');
  }
}

describe('Examples in the help of pgwamp', () => {
  for (const line of allExamples) {
    it(`are read without an error of usage: ${line}`, async () => {
      await using folder = await createStage(`printf '%s\\n' "$@" > "$HOME/words"`);
      expect(await runLine(line, folder)).to.deep.equal({ code: 0, stdout: '', stderr: '' });
      const words = (await readFile(join(folder.path, 'words'), 'utf8')).split('\n').slice(0, -1);
      await createIdleProgram().parseAsync(words, { from: 'user' });
    });
  }

  it('that need neither a database nor a router run', async () => {
    await using folder = await createStage(`exec '${process.execPath}' '${program}' "$@"`);
    const database = { uri: 'postgres://localhost/mydb' };
    await folder.write('gateway.yaml', { extra: { database, endpoint: { type: 'tcp', port: 7700 } } });
    const lines = [
      'pgwamp init --database mydb',
      'pgwamp check',
      'pgwamp schema > node.schema.json',
      'eval "$(pgwamp completion bash)"',
      'pgwamp completion fish > ~/.config/fish/completions/pgwamp.fish',
      'pgwamp install --print > crossbar.sql',
      'pgwamp gateway gateway.yaml --check',
    ];
    expect(allExamples).to.include.members(lines);
    for (const line of lines) {
      const { code, stderr } = await runLine(line, folder);
      expect({ code, stderr }, line).to.deep.equal({ code: 0, stderr: '' });
    }
    for (const file of ['node.schema.json', 'crossbar.sql', '.config/fish/completions/pgwamp.fish'])
      expect(await readFile(join(folder.path, file), 'utf8'), file).not.to.equal('');
  });
});

describe('Help of pgwamp', () => {
  it('has an example for every command, starting with its name', () => {
    for (const [name, command] of commandsOf(createProgram())) {
      if (name.endsWith('help')) continue;
      const [, examples = ''] = helpOf(command).split('\nExamples:\n');
      expect(examples, name).to.match(new RegExp(`^ {2}\\$ .*\\bpgwamp ${name}\\b`, 'm'));
    }
  });

  it('is printed by "pgwamp help", for subcommands too', async () => {
    expect((await pgwamp(['help', 'proxy', 'parked', 'list'])).stdout).to.match(
      /^Usage: pgwamp proxy parked list \[options\]\n/,
    );
    expect((await pgwamp(['help'])).stdout).to.match(/^Usage: pgwamp \[options\] \[command\]\n/);
  });

  it('reports an unknown command', async () => {
    expect(await pgwamp(['help', 'nosuch'])).to.deep.include({ code: 2, stderr: "pgwamp: unknown command 'nosuch'\n" });
    expect(await pgwamp(['strat'])).to.deep.include({
      code: 2,
      stderr: "pgwamp: unknown command 'strat'\n(Did you mean start?)\n",
    });
  });
});

describe('Log level of a command', () => {
  for (const [name, args, env] of [
    ['an option', ['start', '--log-level', 'loud'], {}],
    ['a variable', ['start'], { PGWAMP_LOG_LEVEL: 'loud' }],
    ['a variable of a component', ['component', '--config', '-'], { PGWAMP_LOG_LEVEL: 'loud' }],
  ] as const) {
    it(`is refused if it is unknown, from ${name}`, async () => {
      const input =
        '{"classname": "pgwamp.Publisher", "realm": "realm1", "transport": {"type": "websocket", "url": "ws://127.0.0.1:9/"}, "extra": {"database": {"uri": "postgres://127.0.0.1:9/x"}}}';
      const { code, stderr } = await pgwamp(args, { env, input });
      expect(code, stderr).to.equal(2);
      expect(stderr)
        .to.match(/^pgwamp: .*\bloud\b/)
        .and.to.include('debug, info, warn');
    });
  }
});
