import { readFileSync } from 'node:fs';
import { exitCodeOf, exitCodes } from '../exit-codes.ts';
import { endWithOutput } from './closed-output.ts';
import type { GatewayRun } from './run-gateway.ts';

/** A program that this one replaces, with its command line. */
interface DropIn<CommandLine> {
  readonly name: string;
  readonly usage: string;
  /** @throws `TypeError` that describes the mistake in the arguments. */
  parse(args: readonly string[]): CommandLine;
  read(commandLine: CommandLine): GatewayRun;
}

/**
 * Runs a Gateway under the name and the command line of another program.
 *
 * @returns the exit code of the process.
 */
export async function runDropIn<CommandLine extends { readonly help: boolean; readonly version: boolean }>(
  { name, usage, parse, read }: DropIn<CommandLine>,
  args: readonly string[],
): Promise<number> {
  endWithOutput(name);
  const fail = (error: unknown, exitCode: number) => {
    process.stderr.write(`${name}: ${(error as Error).message}\n`);
    return exitCode;
  };
  let commandLine: CommandLine;
  try {
    commandLine = parse(args);
  } catch (error) {
    return fail(error, exitCodes.usage);
  }
  try {
    if (commandLine.help) process.stdout.write(usage);
    else if (commandLine.version) process.stdout.write(`${name} of pgwamp ${version()}\n`);
    else await (await import('./run-gateway.ts')).runGateways(read(commandLine));
    return Number(process.exitCode ?? exitCodes.done);
  } catch (error) {
    return fail(error, exitCodeOf(error));
  }
}

function version(): string {
  // The path is the same from src and from dist.
  return JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')).version;
}
