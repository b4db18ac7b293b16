import { dirname, resolve } from 'node:path';
import { readTextFile } from '@pgwamp/config';
import { RouterOptionError, UsageError } from '../errors.ts';
import { otherWorkers, readWorker } from '../worker/read-worker.ts';
import { withAbsolutePaths } from '../worker/relative-paths.ts';
import { type RunningWorker, startWorker } from '../worker/start-worker.ts';
import type { Worker } from '../worker/worker-schema.ts';
import { type CommandLine, readCommandLine, transportFrom } from './command-line.ts';

/** The parts of the process that the command uses. */
export interface Surroundings {
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readTextFile(path));
  } catch (error) {
    const { message } = error as Error;
    throw new RouterOptionError(`${path}: ${error instanceof SyntaxError ? `expected JSON: ${message}` : message}`);
  }
}

/** @throws RouterOptionError with the name of the file */
function workerOf(path: string, node: unknown, environment: Surroundings['environment']): Worker {
  try {
    return readWorker(node, environment);
  } catch (error) {
    if (!(error instanceof RouterOptionError)) throw error;
    throw new RouterOptionError(`${path}: ${error.message}`, { cause: error });
  }
}

async function workerFrom(
  { config, listen, realms }: CommandLine,
  { environment, stderr }: Surroundings,
): Promise<Worker> {
  if (config !== undefined) {
    const node = readJson(config);
    const worker = workerOf(config, node, environment);
    for (const other of otherWorkers(node)) {
      stderr(`wamp-router: ${other} is not run: "pgwamp start" runs all workers of a node\n`);
    }
    return withAbsolutePaths(worker, dirname(resolve(config)));
  }
  return readWorker({ realms: realms.map((name) => ({ name })), transports: listen.map(transportFrom) }, {});
}

/** The message of any error, in one line. */
function lineOf(error: unknown): string {
  return `wamp-router: ${(error as Error).message.replaceAll(/\s*\n\s*/g, ' ')}\n`;
}

/**
 * Starts the router that the command line describes.
 *
 * @returns the running router, or the exit code if there is nothing to run
 */
export async function run(args: readonly string[], surroundings: Surroundings): Promise<RunningWorker | number> {
  const { stdout, stderr } = surroundings;
  try {
    const commandLine = readCommandLine(args, stdout);
    if (commandLine === undefined) return 0;
    const worker = await workerFrom(commandLine, surroundings);
    const running = await startWorker(worker, (error) => stderr(lineOf(error)));
    const { urls, openUrls } = running;
    const places = urls.map((url) => (openUrls.includes(url) ? `${url} (all addresses of this machine)` : url));
    stdout(`wamp-router listens on ${places.join(', ')}\n`);
    return running;
  } catch (error) {
    stderr(lineOf(error));
    return error instanceof UsageError || error instanceof RouterOptionError ? 2 : 1;
  }
}
