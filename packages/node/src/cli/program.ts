import { readFileSync } from 'node:fs';
import { PgwampError } from '@pgwamp/core';
import { Command, CommanderError } from 'commander';
import { exitCodeOf, exitCodes } from '../exit-codes.ts';
import { call } from './call.ts';
import { check } from './check.ts';
import { endWithOutput } from './closed-output.ts';
import { completion } from './completion.ts';
import { component } from './component.ts';
import { consoleCommand } from './console.ts';
import { demo } from './demo.ts';
import { doctor } from './doctor.ts';
import { gateway } from './gateway.ts';
import { help } from './help.ts';
import { init } from './init.ts';
import { install } from './install.ts';
import { proxy } from './proxy.ts';
import { publish } from './publish.ts';
import { schema } from './schema.ts';
import { start } from './start.ts';
import { status } from './status.ts';
import { subscribe } from './subscribe.ts';
import { top } from './top.ts';
import { uninstall } from './uninstall.ts';

const exitCodeHelp = `
Exit codes:
  0    done
  1    failed while running
  2    wrong configuration or arguments
  3    database, router or machine not as needed
  130  ended by Ctrl-C (SIGINT)
  143  ended by SIGTERM`;

/** In the order of the help. Each command loads its modules when it runs. */
const commands = [
  start,
  check,
  schema,
  init,
  install,
  uninstall,
  status,
  top,
  consoleCommand,
  doctor,
  demo,
  component,
  gateway,
  proxy,
  publish,
  subscribe,
  call,
  completion,
  help,
];

/** The whole command line. */
export function createProgram(): Command {
  const program = new Command('pgwamp')
    .description('PostgreSQL as a full WAMP peer: SQL publishes, subscribes, registers and calls.')
    .version(version())
    .showSuggestionAfterError()
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, 'pgwamp: ')) })
    .addHelpText('after', exitCodeHelp);
  for (const define of commands) define(program);
  return program;
}

/**
 * Runs a command line.
 *
 * @returns the exit code of the process.
 */
export async function main(argv: readonly string[]): Promise<number> {
  endWithOutput('pgwamp');
  try {
    await createProgram().parseAsync(argv);
    return Number(process.exitCode ?? exitCodes.done);
  } catch (error) {
    // Commander has already written its message.
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
    process.stderr.write(`pgwamp: ${messageOf(error)}\n`);
    return exitCodeOf(error);
  }
}

function messageOf(error: unknown): string {
  const { message = String(error), hint } = error as { message?: string; hint?: string };
  // The messages of our own errors contain it.
  return hint && !(error instanceof PgwampError) ? `${message}\nHINT: ${hint}` : message;
}

function version(): string {
  // The path is the same from src and from dist.
  return JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')).version;
}
