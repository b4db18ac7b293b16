import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { CommandError } from '../errors.ts';
import { withDatabaseOptions } from './database-options.ts';
import { withExamples } from './example.ts';
import { portOf } from './port-of.ts';
import type { ConsoleFlags } from './run-console.ts';

/** `pgwamp console`: serves the console for a node or a database. */
export function consoleCommand(program: Command): void {
  const command = withDatabaseOptions(program.command('console'))
    .summary('serve the console for a node or a database')
    .description(
      'Serves the web page that shows a node or a database, for this machine only and read-only, until a signal ends it. A target ' +
        'that begins with postgres:// is a database: the page then shows the components that use it, as far as the database knows. ' +
        'Any other target is the admin endpoint of a node, as a URL or the path of a unix socket; where that node serves the ' +
        'console itself, the command prints the address and ends. Without a target it is the admin endpoint of the configuration, ' +
        'or else its database.',
    )
    .argument('[target]', 'postgres://user:password@host/database, http://host:port, or the path of a unix socket')
    .option('--port <port>', 'port of the page', portOf, 9180)
    .option('--realm <realm>', 'realm whose events and procedures the page shows', 'realm1')
    .option('--topic <topic...>', 'topics that the page subscribes to when it is opened')
    .action(run);
  withExamples(
    command,
    'pgwamp console postgres://crossbar:secret@127.0.0.1/mydb',
    'pgwamp console http://127.0.0.1:9100',
    'pgwamp console http://127.0.0.1:9100 --database postgres://crossbar:secret@127.0.0.1/mydb',
  );
}

async function run(target: string | undefined, flags: ConsoleFlags): Promise<void> {
  const isDatabase = target !== undefined && /^postgres(ql)?:\/\//.test(target);
  if (target !== undefined && !isDatabase && !isAdmin(target)) throw new CommandError(wrongTarget(target));
  if (isDatabase && flags.database !== undefined) {
    throw new CommandError('there are two databases: leave out --database, or name the admin endpoint of a node');
  }
  const { runConsole } = await import('./run-console.ts');
  await (isDatabase ? runConsole(undefined, { ...flags, database: target }) : runConsole(target, flags));
}

/** Whether a target may be an admin endpoint: a URL, or the path of a unix socket. */
function isAdmin(target: string): boolean {
  return (/^http:\/\//.test(target) && URL.canParse(target)) || /^\.{0,2}\//.test(target) || existsSync(target);
}

function wrongTarget(target: string): string {
  const expected =
    'expected postgres://user:password@host/database for a database, or for a node http://host:port or the path of a unix socket';
  const meant =
    URL.canParse(`http://${target}`) && /^[^/]+:\d+$/.test(target) ? `; did you mean http://${target}?` : '';
  return `"${target.replace(/:[^:@/]*@/, ':***@')}" is neither a database nor a node: ${expected}${meant}`;
}
