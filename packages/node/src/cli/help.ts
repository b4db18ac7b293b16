import type { Command } from 'commander';

/** `pgwamp help`: the help of a command. Unlike the one of commander, it refuses an unknown command. */
export function help(program: Command): void {
  program
    .helpCommand(false)
    .command('help [command...]')
    .usage('[command]')
    .summary('show the help of a command')
    .description('Shows the help of a command.')
    .action((names: string[]) => {
      let command = program;
      for (const name of names) {
        const next = command.commands.find((it) => it.name() === name);
        if (!next) return program.error(`error: unknown command '${name}'`);
        command = next;
      }
      command.help();
    });
}
