import { expect } from 'chai';
import type { Command } from 'commander';
import { createProgram } from '../../src/cli/program.ts';
import { pgwamp } from '../support/command.ts';

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
