// Runs a selection of the tests: `test.ts SUITE [FILE…] [what mocha takes]`. Files that are named replace those of the suite.
// Says beforehand what it will do and for about how long, and afterwards how long it took and what it wrote.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { withoutLeftOut } from './tests/left-out.ts';
import { suites } from './tests/suites.ts';

process.chdir(dirname(import.meta.dirname));
const [name = 'all', ...args] = process.argv.slice(2);
const suite = suites[name];
if (!suite) throw new Error(`there is no suite '${name}', there are ${Object.keys(suites).join(', ')}`);

/** It has realms for two processes. */
const withCrossbar = process.env.TEST_ROUTER === 'crossbar';
/** More than two for each core: half of its time a test waits for a timer, the network or another process. */
const processes = withCrossbar ? 2 : 2 * availableParallelism() + 1;
const named = args.some((arg) => /\.(test|endurance)\.ts$/.test(arg));
const start = performance.now();
process.exitCode = named ? mocha(args) : runSuite(suite.files());
console.log(`${minutes((performance.now() - start) / 60_000)}${written()}`);

function runSuite(files: readonly string[]): number {
  const server = process.env.TEST_DATABASE_URL
    ? 'the server of TEST_DATABASE_URL'
    : `PostgreSQL ${process.env.PG_VERSION || 18}`;
  console.log(
    `Runs ${suite?.about}: ${files.length} files in ${processes} processes, with ${server} and Node ${process.version}.`,
  );
  console.log(`That takes about ${minutes(suite?.minutes ?? 0)} on two quiet cores.`);
  return mocha(['--parallel', '--jobs', String(processes), ...args, ...files]);
}

function mocha(rest: readonly string[]): number {
  // The usual time of a test is meant for our router, which is faster.
  const selection = withCrossbar && suite ? ['--timeout', '180000', ...withoutLeftOut(suite.files(), rest)] : rest;
  const program = ['node_modules/mocha/bin/mocha.js', '--reporter', './scripts/tests/reporter.ts', ...selection];
  const { status, error } = spawnSync(process.execPath, program, { stdio: 'inherit', env: environment() });
  if (error) throw error;
  return status ?? 1;
}

/** Tests start hundreds of processes with the same modules. Node 22 cannot run them as they are written. */
function environment(): NodeJS.ProcessEnv {
  const env = { NODE_COMPILE_CACHE: resolve('node_modules/.cache/node'), ...process.env };
  if ('AsyncDisposableStack' in globalThis) return env;
  return { ...env, NODE_OPTIONS: `--import=${pathToFileURL('scripts/older-node.mjs')}` };
}

function minutes(count: number): string {
  return count < 1.5 ? `${Math.round(count * 60)} s` : `${Math.round(count)} min`;
}

/**
 * The bytes written by all descendants, if the kernel counts them, without those deleted before they reached the disk.
 */
function written(): string {
  try {
    const counts = readFileSync('/proc/self/io', 'utf8');
    const [bytes, cancelled] = [/^write_bytes: (\d+)$/m, /^cancelled_write_bytes: (\d+)$/m].map((count) =>
      Number(count.exec(counts)?.[1]),
    );
    return `, ${((Number(bytes) - Number(cancelled)) / 1e9).toFixed(1)} GB written`;
  } catch {
    return '';
  }
}
